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
        <Headers headers={tags.headers ?? []} />
        <Unread parts={tags.unread ?? []} />
        <All tags={tags.all ?? []} left={tags.left ?? 0} />
        {manifest.cut?.length ? <p className={styles['dim']}>{t('origin.cut')}</p> : null}
      </details>
    </div>
  );
}

function Told({ name, value }: { name: string; value: string | null | undefined }) {
  if (!value) return null;
  return (
    <>
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
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

/** When the file's own headers say that they were written, part by part: that is not when something was filmed. */
function Headers({ headers }: { headers: NonNullable<Reading['tags']['headers']> }) {
  const { t } = useTranslation('source');
  if (headers.length === 0) return null;
  return (
    <details>
      <summary className={styles['dim']}>{t('origin.headers.title')}</summary>
      <p className={styles['dim']}>{t('origin.headers.means')}</p>
      <table className={styles['comparison']}>
        <thead>
          <tr>
            <th scope="col">{t('origin.headers.part')}</th>
            <th scope="col">{t('origin.headers.created')}</th>
            <th scope="col">{t('origin.headers.modified')}</th>
          </tr>
        </thead>
        <tbody>
          {headers.map(({ box, track, created, modified }) => (
            <tr key={`${box}/${track}`}>
              <th scope="row">{t(`origin.headers.${box}`, { track })}</th>
              <td>{created ?? t('origin.headers.unset')}</td>
              <td>{modified ?? t('origin.headers.unset')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Where tags may be that nobody has read: what follows is not all there is. */
function Unread({ parts }: { parts: NonNullable<Reading['tags']['unread']> }) {
  const { t } = useTranslation('source');
  if (parts.length === 0) return null;
  const named = parts.map((part) => t(`origin.parts.${part}`)).join(', ');
  return <p className={styles['care']}>{t('origin.unread', { parts: named })}</p>;
}

/** Every tag in the words of the file, each kept apart from ours whatever way its letters run. */
function All({ tags, left }: { tags: NonNullable<Reading['tags']['all']>; left: number }) {
  const { t } = useTranslation('source');
  if (tags.length === 0) return null;
  return (
    <details>
      <summary className={styles['dim']}>{t('origin.all', { count: tags.length })}</summary>
      {left > 0 ? <p className={styles['care']}>{t('origin.left', { count: left })}</p> : null}
      <dl className={styles['pairs']}>
        {tags.map((tag, n) => (
          // oxlint-disable-next-line react/no-array-index-key -- one name may come more than once in one place
          <Told key={n} name={`${tag.where}: ${tag.name}`} value={tag.value} />
        ))}
      </dl>
    </details>
  );
}
