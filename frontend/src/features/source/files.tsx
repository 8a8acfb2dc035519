import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import { bytesInWords } from '@/shared/lib/bytes';

import { CopyButton } from './copy-button';
import { Origin } from './origin';
import styles from './source.module.css';

type File = Schemas['FileShown'];
type Reading = Schemas['CredentialsDocument'];

/** Files of the item with their digests; products are many and stay folded. */
export function Files(props: { title: string; files: readonly File[]; read?: readonly Reading[]; folded?: boolean }) {
  const { title, files, read, folded } = props;
  if (files.length === 0) return null;
  const list = (
    <ul className={styles['files']}>
      {files.map((file) => (
        <li key={`${file.kind}/${file.capture}/${file.step}/${file.sha256 ?? file.made_at}`}>
          <FileLine file={file} />
          {read && file.role === 'original' ? <Word of={file} read={read} /> : null}
        </li>
      ))}
    </ul>
  );
  return (
    <section>
      <h2>
        {title} <span className={styles['count']}>{files.length}</span>
      </h2>
      {folded ? <Folded>{list}</Folded> : list}
    </section>
  );
}

/** What an original says of its own origin; where it was not read, that is said. */
function Word({ of, read }: { of: File; read: readonly Reading[] }) {
  const { t } = useTranslation('source');
  const own = read.find((one) => one.original === of.sha256?.replace(/^sha256:/, ''));
  if (own) return <Origin read={own} />;
  return <p className={styles['dim']}>{t(of.media_type.startsWith('image/') ? 'origin.picture' : 'origin.unread')}</p>;
}

function Folded({ children }: { children: React.ReactNode }) {
  const { t } = useTranslation('source');
  return (
    <details>
      <summary className={styles['dim']}>{t('show')}</summary>
      {children}
    </details>
  );
}

function FileLine({ file }: { file: File }) {
  const { t, i18n } = useTranslation('source');
  const digest = file.sha256?.replace(/^sha256:/, '') ?? null;
  return (
    <>
      <p>
        {t(`kinds.${file.kind}`, { defaultValue: file.kind.replaceAll('_', ' ') })}
        {file.is_lost ? <span className={styles['bad']}> {t('lost')}</span> : null}
        {file.sealed ? <span className={styles['care']}> {t('sealed')}</span> : null}
        <span className={styles['dim']}>
          {' '}
          {file.media_type}
          {file.size_bytes === null ? '' : `, ${bytesInWords(file.size_bytes, i18n.language)}`}
        </span>
      </p>
      {digest ? (
        <p className={styles['digest']}>
          <span className={styles['mono']} title={`sha256:${digest}`}>
            sha256:{digest}
          </span>
          <CopyButton text={`sha256:${digest}`} label={t('copyDigest')} />
        </p>
      ) : null}
    </>
  );
}
