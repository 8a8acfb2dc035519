import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import { Problem, Unreached } from '@/api/errors';

/** The language in which the archive writes its own sentences. */
export const WRITTEN_IN = 'en';

/** What the archive says, for a reader. */
export interface Said {
  text: string;
  /** The language of `text` where it is not the reader's. */
  lang?: string;
  /** What the archive wrote itself, where the reader's words stand in its place. */
  written?: string;
}

/** Why work failed or how it ended, by the archive's stable code and the sentence that it wrote beside it. */
export function useCauses(): (code: string | null | undefined, sentence: string | null | undefined) => Said {
  const { t, i18n } = useTranslation('failure');
  return (code, sentence) => said(wordsFor(t, 'failure:causes', code), sentence, i18n.language);
}

/** What exactly is wrong, by the code that the archive tells it by, the values that it names and its sentence. */
export function useReasons(): (told: Pick<Schemas['FieldProblem'], 'code' | 'values' | 'sentence'>) => Said {
  const { t, i18n } = useTranslation('failure');
  return ({ code, values, sentence }) =>
    said(wordsFor(t, 'wrong:reasons', code, valuesIn(i18n.language, values)), sentence, i18n.language);
}

/** The reader's own `words` for a sentence of the archive, where there are any; a reader of its language reads itself. */
export function useSaid(): (words: string, sentence: string | null | undefined) => Said {
  const { i18n } = useTranslation();
  return (words, sentence) => said(words, sentence, i18n.language);
}

function said(words: string, sentence: string | null | undefined, language: string): Said {
  const written = sentence?.trim() ?? '';
  if (language === WRITTEN_IN) return { text: written || words };
  if (!words) return written ? { text: written, lang: WRITTEN_IN } : { text: '' };
  return written ? { text: words, written } : { text: words };
}

/** What a sentence of the archive names, by the names that its words have for it. */
export type Values = Readonly<Record<string, string | number>>;

/** What is wrong with one field of what was sent. */
export interface FieldWords {
  field: string;
  /** What the reader knows the field by; empty for one that has no words. */
  name: string;
  said: Said;
}

/** A failure in the reader's words; what the archive wrote stands where no code says as much. */
export interface FailureWords {
  title: string;
  detail: Said;
  fields: readonly FieldWords[];
  /** All in one line. */
  line: string;
}

// Codes that say too little by themselves: what exactly is wrong stands in the sentence alone.
const SAY_LITTLE = new Set([
  'archive_error',
  'bad_query',
  'conflict',
  'invalid_url',
  'invalid_value',
  'not_allowed',
  'too_many',
]);

export function useFailureWords(error: unknown): FailureWords {
  return useFailures()(error);
}

/** The same for whoever hears of a failure only later. */
export function useFailures(): (error: unknown) => FailureWords {
  const { t, i18n } = useTranslation(['failure', 'app']);
  return (error) => {
    const fields = fieldsOf(t, error, i18n.language);
    // What is wrong field by field says all that "some fields are wrong" does.
    const [title, detail] = failure(t, error, i18n.language, fields.length > 0);
    const told = [detail.text, ...fields.map(({ name, said: { text } }) => (name ? `${name}: ${text}` : text))];
    return { title, detail, fields, line: [title, joined(...told)].filter(Boolean).join('. ') };
  };
}

type Words = TFunction<['failure', 'app']>;

function failure(t: Words, error: unknown, language: string, isToldByField: boolean): [string, Said] {
  if (error instanceof Unreached) return [t('app:failure.unreached'), { text: t('app:failure.unreachedNext') }];
  if (!(error instanceof Problem)) {
    return [
      t('app:failure.unknown'),
      { text: error instanceof Error ? error.message : String(error), lang: WRITTEN_IN },
    ];
  }
  const title = wordsFor(t, 'failure:titles', error.code);
  const next = wordsFor(t, 'failure:next', error.code);
  const wait = error.retryAfterSeconds ? t('app:failure.wait', { count: Math.ceil(error.retryAfterSeconds) }) : '';
  const saysAll = Boolean(title) && !SAY_LITTLE.has(error.code);
  const exact = reasonIn(t, error, language);
  const detail = said(exact || next, isToldByField && !exact ? '' : error.detail, language);
  const also = (one: Said): Said => ({ ...one, text: joined(one.text, wait) });
  const told = title || t(error.status < 500 ? 'refused' : 'failed');
  if (exact && language !== WRITTEN_IN) return [told, also({ text: exact })];
  if (!saysAll || language === WRITTEN_IN) return [told, also(detail)];
  // A refusal is told whole by now; of what failed on the archive's own side its sentence may say more.
  if (next) return [told, also(error.status < 500 ? { text: next } : detail)];
  return [told, { text: wait, written: error.detail }];
}

/** Which of the things that share a code it is, where that is told and has words. */
function reasonIn(t: Words, { extensions }: Problem, language: string): string {
  const { reason, values } = extensions as Partial<Schemas['Problem']>;
  return wordsFor(t, 'wrong:reasons', reason, valuesIn(language, values ?? {}));
}

function fieldsOf(t: Words, error: unknown, language: string): FieldWords[] {
  const errors = error instanceof Problem ? error.extensions['errors'] : null;
  const told = Array.isArray(errors) ? errors.map((one) => fieldOf(t, one, language)) : [];
  const words = (one: FieldWords) => `${one.name} ${one.said.text}`;
  return told.filter((one, place) => told.findIndex((other) => words(other) === words(one)) === place);
}

function fieldOf(t: Words, told: unknown, language: string): FieldWords {
  const { field, code, values, sentence } = (told ?? {}) as Partial<Schemas['FieldProblem']>;
  // The way to a field also names forms that it may have, and places in lists: the last step with a name is the field.
  const steps = (field ?? '').split('.');
  const found = steps.findLast((step) => nameOf(t, step)) ?? '';
  return {
    field: found || (steps.at(-1) ?? ''),
    name: nameOf(t, found),
    said: said(wordsFor(t, 'wrong:reasons', code, valuesIn(language, values)), sentence, language),
  };
}

function nameOf(t: Words, field: string): string {
  if (!field) return '';
  const elsewhere =
    t(`desk:fields.${field}`, { defaultValue: '' }) || t(`register:fields.${field}`, { defaultValue: '' });
  return t(`wrong:fields.${field}`, { defaultValue: '' }) || elsewhere;
}

/** What a sentence names, as the reader's language writes it. */
export function valuesIn(language: string, values: Values = {}): Record<string, string> {
  const written = (value: string | number) =>
    typeof value === 'number' ? value.toLocaleString(language, { useGrouping: 'min2' }) : value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, written(value)]));
}

function joined(...sentences: string[]): string {
  return sentences.filter(Boolean).join(' ');
}

function wordsFor(t: TFunction, group: string, code: string | null | undefined, values = {}): string {
  return code ? t(`${group}.${code}`, { ...values, defaultValue: '' }) : '';
}
