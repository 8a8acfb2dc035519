import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { LANGUAGES } from './index';

const ROOT = join(import.meta.dirname, '../../..');
const VERSIONS = /^VERSIONS[^{]*\{([^}]*)\}/m.exec(readFileSync(join(ROOT, 'storage/domain/steps.py'), 'utf8'))?.[1];
const STEPS = [...(VERSIONS ?? '').matchAll(/"(\w+)":/g)].map(([, name]) => name ?? '');
const TOLD = [
  ['receipt', 'deeds'],
  ['history', 'steps'],
  ['workbench', 'steps'],
] as const;

describe('the words of steps', () => {
  const wordsOf = (language: string, file: string, group: string) => {
    const path = join(import.meta.dirname, language, `${file}.json`);
    return Object.keys((JSON.parse(readFileSync(path, 'utf8')) as Record<string, object>)[group] ?? {});
  };

  it('know the steps that there are', () => expect(STEPS).toEqual(expect.arrayContaining(['probe', 'match'])));

  describe.each(LANGUAGES)('in %s', (language) => {
    it.each(TOLD)('say every step there is, wherever steps are told of: %s', (file, group) =>
      expect(wordsOf(language, file, group)).toEqual(expect.arrayContaining(STEPS)),
    );

    it('are there for the same steps in every place', () => {
      const [first, ...rest] = TOLD.map(([file, group]) => wordsOf(language, file, group).toSorted());
      for (const one of rest) expect(one).toEqual(first);
    });
  });
});
