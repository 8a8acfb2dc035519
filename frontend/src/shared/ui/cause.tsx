import { useTranslation } from 'react-i18next';

import { type FieldWords, type Said, useCauses, WRITTEN_IN } from './archive-words';
import styles from './cause.module.css';

/** Why something failed, or how it ended, in the reader's words. */
export function Cause(props: { code: string | null | undefined; sentence: string | null | undefined }) {
  const causeOf = useCauses();
  return <InWords said={causeOf(props.code, props.sentence)} />;
}

/** What the archive says, in the reader's words; what it wrote itself folds out beneath. */
export function InWords({ said }: { said: Said }) {
  if (!said.text && !said.written) return null;
  return (
    <div className={styles['said']}>
      {said.text ? <p lang={said.lang}>{said.text}</p> : null}
      {said.written ? <AsWritten sentence={said.written} /> : null}
    </div>
  );
}

/** A sentence of the archive's own: folded, unless its language is the reader's. */
export function AsWritten({ sentence }: { sentence: string }) {
  const { t, i18n } = useTranslation('failure');
  if (i18n.language === WRITTEN_IN) return <p>{sentence}</p>;
  return (
    <details className={styles['written']}>
      <summary>{t('asWritten')}</summary>
      <p lang={WRITTEN_IN}>{sentence}</p>
    </details>
  );
}

/** What is wrong with fields of what was sent, one under the other. */
export function WrongFields({ fields }: { fields: readonly FieldWords[] }) {
  if (fields.length === 0) return null;
  return (
    <ul className={styles['fields']}>
      {fields.map(({ name, said }) => (
        <li key={`${name} ${said.text}`}>
          {name ? `${name}: ` : null}
          <span lang={said.lang}>{said.text}</span>
        </li>
      ))}
    </ul>
  );
}
