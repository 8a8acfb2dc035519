/** The page's words: the same catalogues the workbench speaks from, all three inside the one file. */

import en from '@/i18n/en/verify.json';
import ru from '@/i18n/ru/verify.json';
import uk from '@/i18n/uk/verify.json';
import { shownValues } from '@/shared/verify/checking';
import type { Values } from '@/shared/verify/finding';

const CATALOGUES = { en, uk, ru };
export type Language = keyof typeof CATALOGUES;
export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['uk', 'Українська'],
  ['ru', 'Русский'],
];

export function preferredLanguage(): Language {
  const known = (tag: string): tag is Language => tag in CATALOGUES;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(known) ?? 'en';
}

/** The words at `key`, with their values filled in. */
export function say(language: Language, key: string, values: Values = {}): string {
  let found: unknown = CATALOGUES[language];
  for (const part of key.split('.')) found = (found as Record<string, unknown> | undefined)?.[part];
  const shown = shownValues(values, language);
  // In one go: what a value holds is never taken for a place to fill in.
  return typeof found === 'string' ? found.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => shown[name] ?? '') : key;
}
