import { useTranslation } from 'react-i18next';

import { same } from '@/shared/desk/same';

import { datesWords } from './dates';
import type { RegisteredName } from './queries';
import styles from './register.module.css';

type Loose = Readonly<Record<string, unknown>>;
/** What every version has and nobody wrote. */
const OURS = new Set(['unit', 'place', 'version', 'versions', 'author', 'made_at']);

const blank = (value: unknown) => value == null || value === '' || (Array.isArray(value) && value.length === 0);

/** The fields in which two descriptions differ. */
export function differing(one: object, other: object): string[] {
  const [a, b] = [one as Loose, other as Loose];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (name) => !OURS.has(name) && !(blank(a[name]) && blank(b[name])) && !same(bare(a[name]), bare(b[name])),
  );
}

/** Without members that say nothing: null and missing mean the same. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one != null));
}

/** A field's value as text. */
export function useFieldWords(): (value: unknown) => string {
  const { t } = useTranslation('register');
  return (value) => {
    if (blank(value)) return t('nothing');
    if (Array.isArray(value))
      return value.map((one) => (typeof one === 'string' ? one : nameWords(one as RegisteredName))).join('\n');
    return String(value);
  };
}

function nameWords(name: RegisteredName): string {
  const notes = [name.language, datesWords(name)].filter(Boolean).join(', ');
  return notes ? `${name.name} (${notes})` : name.name;
}

/** What a version changed: field by field, before and after. */
export function Differences({ before, after }: { before: object; after: object }) {
  const { t } = useTranslation('register');
  const words = useFieldWords();
  const names = differing(before, after);
  if (names.length === 0) return <p className={styles['by']}>{t('unchanged')}</p>;
  return (
    <dl className={styles['differences']}>
      {names.map((name) => (
        <Pair
          key={name}
          label={t(`fields.${name}`)}
          was={words((before as Loose)[name])}
          is={words((after as Loose)[name])}
        />
      ))}
    </dl>
  );
}

function Pair({ label, was, is }: { label: string; was: string; is: string }) {
  const { t } = useTranslation('register');
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <del aria-label={t('was', { value: was })} className={styles['was']}>
          {was}
        </del>
      </dd>
      <dd>
        <ins aria-label={t('is', { value: is })} style={{ textDecoration: 'none' }}>
          {is}
        </ins>
      </dd>
    </>
  );
}
