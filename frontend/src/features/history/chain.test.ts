import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type LedgerEvent, linesOf, wordsOf } from './chain';

const event = (seq: number, sha256: string, previous: string | null): LedgerEvent => ({
  seq,
  sha256,
  event: { type: 'capture', at: '2026-11-22T12:00:00Z', agent: { kind: 'system', id: 'system' }, previous, detail: {} },
});

describe('the custody chain', () => {
  it('is unbroken where every line names the one before it, and the first none', () => {
    const lines = linesOf([
      event(1, 'sha256:a', null),
      event(5, 'sha256:b', 'sha256:a'),
      event(9, 'sha256:c', 'sha256:b'),
    ]);
    expect(lines.map((line) => line.unbroken)).toEqual([true, true, true]);
  });

  it('is broken where a line is missing, or another one stands in its place', () => {
    expect(linesOf([event(1, 'sha256:a', null), event(9, 'sha256:c', 'sha256:b')])[1]?.unbroken).toBe(false);
    expect(linesOf([event(5, 'sha256:b', 'sha256:a')])[0]?.unbroken).toBe(false);
  });

  it('reads lines that lack what they should have without failing', () => {
    expect(linesOf([{ seq: 1, sha256: 'sha256:a', event: {} }])[0]).toMatchObject({ type: '', detail: {} });
  });
});

describe('the words of events', () => {
  const root = join(import.meta.dirname, '../../../..');
  const vocabulary = readFileSync(join(root, 'storage/domain/vocab.py'), 'utf8');
  const types = [...(/class EventType[\s\S]*?(?=\nclass )/.exec(vocabulary)?.[0] ?? '').matchAll(/= "([^"]+)"/g)].map(
    ([, type]) => wordsOf(type ?? ''),
  );

  it.each(['en', 'uk', 'ru'])('say every type there is: %s', (language) => {
    const words = JSON.parse(readFileSync(join(root, `frontend/src/i18n/${language}/history.json`), 'utf8')) as {
      types: Record<string, string>;
      sentences: Record<string, unknown>;
    };
    expect(types.length).toBeGreaterThan(20);
    expect(Object.keys(words.types)).toEqual(expect.arrayContaining(types));
    const own: Record<string, string> = {
      local_submission: 'submission',
      local_assertion: 'assertion',
      local_assignment: 'assignment',
    };
    expect(Object.keys(words.sentences)).toEqual(expect.arrayContaining(types.map((type) => own[type] ?? type)));
  });
});
