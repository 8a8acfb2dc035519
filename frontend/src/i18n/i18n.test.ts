import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { LANGUAGES } from './index';

const FOLDER = join(import.meta.dirname, '.');
const PLURAL = /_(zero|one|two|few|many|other)$/;
/** A code of the archive ends like a plural form and is none. */
const CODES = new Set(['titles.too_many', 'causes.too_many']);

function words(language: string, file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FOLDER, language, file), 'utf8')) as Record<string, unknown>;
}

function entries(tree: Record<string, unknown>, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : entries(value as Record<string, unknown>, `${path}${key}.`),
  );
}

const FILES = readdirSync(join(FOLDER, 'en')).toSorted();

describe('the catalogues', () => {
  it('hold the same files in every language', () => {
    for (const language of LANGUAGES) expect(readdirSync(join(FOLDER, language)).toSorted()).toEqual(FILES);
  });

  it.each(FILES)('say the same things in every language: %s', (file) => {
    const keys = (language: string) =>
      [...new Set(entries(words(language, file)).map(([key]) => key.replace(PLURAL, '#')))].toSorted();
    for (const language of LANGUAGES) expect([language, keys(language)]).toEqual([language, keys('en')]);
  });

  it.each(FILES)('have every plural form the language needs: %s', (file) => {
    for (const language of LANGUAGES) {
      const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      const all = new Map(entries(words(language, file)));
      for (const key of all.keys()) {
        if (!PLURAL.test(key) || CODES.has(key)) continue;
        for (const form of needed) expect([...all.keys()]).toContain(key.replace(PLURAL, `_${form}`));
      }
    }
  });

  it.each(FILES)('fill in the same values in every language: %s', (file) => {
    const values = (text: string) =>
      [...new Set(text.match(/\{\{\s*\w+/g) ?? [])].map((name) => name.slice(2).trim()).toSorted();
    const english = new Map(entries(words('en', file)).map(([key, text]) => [key.replace(PLURAL, '_other'), text]));
    for (const language of LANGUAGES) {
      for (const [key, text] of entries(words(language, file))) {
        if (/_(zero|one|two)$/.test(key)) continue;
        expect([language, key, values(text)]).toEqual([
          language,
          key,
          values(english.get(key.replace(PLURAL, '_other')) ?? english.get(key) ?? ''),
        ]);
      }
    }
  });

  it.each(FILES)('leave nothing untranslated or empty: %s', (file) => {
    for (const language of LANGUAGES)
      for (const [key, text] of entries(words(language, file))) expect([key, text.trim()]).not.toEqual([key, '']);
  });
});
