import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';

import styles from './source.module.css';

type Reading = Schemas['CredentialsDocument'];

const LOUD: Partial<Record<Reading['manifest']['state'], 'bad' | 'care'>> = { invalid: 'bad', malformed: 'care' };
const TAGS = ['created', 'make', 'model', 'software', 'location'] as const;

/** What a file says of its own origin: who signed it and what that is worth, and its tags; the codes on demand. */
export function Origin({ read }: { read: Reading }) {
  const { t } = useTranslation('source');
  const { manifest, tags } = read;
  const loud = LOUD[manifest.state];
  const name = manifest.signer?.name ?? manifest.signer?.issuer ?? t('origin.nobody');
  const why = manifest.note ? t(`origin.notes.${manifest.note}`) : null;
  return (
    <div className={styles['origin']}>
      <p className={loud ? styles[loud] : undefined}>{t(`origin.states.${manifest.state}`, { name })}</p>
      {why ? <p className={styles['dim']}>{why}</p> : null}
      {manifest.remote ? <p className={styles['mono']}>{manifest.remote}</p> : null}
      <details>
        <summary className={styles['dim']}>{t('origin.more')}</summary>
        <p className={styles['dim']}>{t('origin.words')}</p>
        <Signed read={read} />
        <dl className={styles['pairs']}>
          {TAGS.map((tag) => (
            <Told key={tag} name={t(`origin.tags.${tag}`)} value={tags[tag]} />
          ))}
        </dl>
        <Codes codes={manifest.codes ?? []} />
        <All tags={tags.all ?? []} />
        {manifest.cut?.length ? <p className={styles['dim']}>{t('origin.cut')}</p> : null}
      </details>
    </div>
  );
}

function Told({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** What the manifest says, by the signer's word. */
function Signed({ read }: { read: Reading }) {
  const { t } = useTranslation('source');
  const { manifest } = read;
  const actions = (manifest.actions ?? []).map((one) =>
    [one.action, one.software, one.when].filter(Boolean).join(', '),
  );
  const made = (manifest.ingredients ?? []).map((one) =>
    [one.title, one.format, one.relationship].filter(Boolean).join(', '),
  );
  return (
    <dl className={styles['pairs']}>
      <Told name={t('origin.generator')} value={manifest.generator} />
      <Told name={t('origin.signer')} value={manifest.signer?.name} />
      <Told name={t('origin.issuer')} value={manifest.signer?.issuer} />
      {manifest.signer ? (
        <Told name={t('origin.signedAt')} value={manifest.signed_at ?? t('origin.noTimestamp')} />
      ) : null}
      <Told name={t('origin.titled')} value={manifest.title} />
      <Told name={t('origin.actions')} value={actions.join('; ')} />
      <Told name={t('origin.ingredients')} value={made.join('; ')} />
      {read.trust_list ? <Told name={t('origin.trustList')} value={`sha256:${read.trust_list}`} /> : null}
    </dl>
  );
}

/** The codes of the specification, failures first, as they came. */
function Codes({ codes }: { codes: NonNullable<Reading['manifest']['codes']> }) {
  const { t } = useTranslation('source');
  if (codes.length === 0) return null;
  return (
    <details>
      <summary className={styles['dim']}>{t('origin.codes', { count: codes.length })}</summary>
      <ul className={styles['files']}>
        {codes.map((one, n) => (
          // oxlint-disable-next-line react/no-array-index-key -- the same code comes once for each part it is said of
          <li key={n}>
            <span className={one.kind === 'failure' ? styles['care'] : styles['dim']}>
              {t(`origin.kinds.${one.kind}`)}
            </span>{' '}
            <span className={styles['mono']}>{one.code}</span>
            {one.of_ingredient ? <span className={styles['dim']}> {t('origin.ofIngredient')}</span> : null}
            {one.explanation ? <span className={styles['dim']}> {one.explanation}</span> : null}
          </li>
        ))}
      </ul>
    </details>
  );
}

function All({ tags }: { tags: NonNullable<Reading['tags']['all']> }) {
  const { t } = useTranslation('source');
  if (tags.length === 0) return null;
  return (
    <details>
      <summary className={styles['dim']}>{t('origin.all', { count: tags.length })}</summary>
      <dl className={styles['pairs']}>
        {tags.map((tag) => (
          <Told key={`${tag.where}/${tag.name}`} name={`${tag.where}: ${tag.name}`} value={tag.value} />
        ))}
      </dl>
    </details>
  );
}
