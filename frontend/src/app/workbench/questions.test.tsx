import type { Assertion } from '@/shared/desk/contract';

import { movesFrom, needsReason } from './moves';
import { questions } from './questions';
import { newestSteps } from './strip';

type Asked = Parameters<typeof questions>[0];

const said = (kind: Assertion['kind'], status: string, superseded_by: string | null = null) =>
  ({ kind, body: { status }, superseded_by }) as unknown as Assertion;
const item = (change: Partial<Asked>): Asked => ({
  outcome: null,
  record: null,
  assertions: [],
  captures: [],
  ...change,
});
const captured = (...outcomes: string[]) => outcomes.map((outcome) => ({ outcome })) as unknown as Asked['captures'];

describe('the questions of an item', () => {
  it('are open for a new one', () => {
    expect(Object.fromEntries(questions(item({})))).toEqual({
      preserved: 'no',
      located: 'no',
      dated: 'no',
      identified: 'no',
      published: 'no',
    });
  });

  it('count what is kept, whatever a later try found', () => {
    const preserved = (...outcomes: string[]) => questions(item({ captures: captured(...outcomes) }))[0]?.[1];
    expect(preserved('captured', 'removed')).toBe('yes');
    expect(preserved('removed', 'partial')).toBe('partly');
    expect(preserved('removed')).toBe('failed');
  });

  it('count what somebody supplied as kept, whatever can be read of it', () => {
    const supplied = (outcome: string, role: string) =>
      questions(
        item({
          captures: [{ capture: 'cap_1', outcome, supplied: true }] as unknown as Asked['captures'],
          files: [{ capture: 'cap_1', role, is_lost: false }] as unknown as NonNullable<Asked['files']>,
        }),
      )[0]?.[1];
    expect(supplied('partial', 'original')).toBe('yes');
    expect(supplied('not_media', 'original')).toBe('yes');
    expect(supplied('not_media', 'context')).toBe('failed');
  });

  it('count nothing as kept that is lost or erased', () => {
    const files = [{ role: 'original', is_lost: true }] as unknown as NonNullable<Asked['files']>;
    const preserved = (change: Partial<Asked>) =>
      questions(item({ captures: captured('captured'), ...change }))[0]?.[1];
    expect(preserved({ files })).toBe('failed');
    expect(preserved({ erased_at: '2026-11-28T12:00:00Z' })).toBe('closed');
  });

  it('are not answered by times that cannot all hold, nor by one after it was kept', () => {
    const filmed = (...spans: [string, string][]) =>
      spans.map(([earliest, latest]) => {
        const body = { about: 'capture', status: 'accepted', earliest, latest };
        return { kind: 'time', body, superseded_by: null } as unknown as Assertion;
      });
    const captures = [{ outcome: 'captured', ended_at: '2026-11-29T08:00:00Z' }] as unknown as Asked['captures'];
    const dated = (...spans: [string, string][]) => questions(item({ captures, assertions: filmed(...spans) }))[2]?.[1];
    expect(dated(['2031-01-01T00:00:00Z', '2031-01-01T23:59:59Z'])).toBe('failed');
    expect(
      dated(['2024-01-01T00:00:00Z', '2024-01-02T00:00:00Z'], ['2025-01-01T00:00:00Z', '2025-01-02T00:00:00Z']),
    ).toBe('failed');
    expect(dated(['2026-11-29T00:00:00Z', '2026-11-29T23:59:59Z'])).toBe('yes');
    expect(dated(['2024-01-01T00:00:00Z', '2199-12-31T23:59:59Z'])).toBe('yes');
  });

  it('are answered by what is accepted and stands, half by what is proposed', () => {
    const answers = Object.fromEntries(
      questions(
        item({
          record: 'rec_1',
          assertions: [
            said('place', 'candidate'),
            said('place', 'accepted'),
            said('time', 'candidate'),
            said('unit', 'accepted', 'ast_9'),
            said('unit', 'rejected'),
          ],
        }),
      ),
    );
    expect(answers).toMatchObject({ located: 'yes', dated: 'partly', identified: 'no', published: 'yes' });
  });
});

describe('moves in review', () => {
  it('lead aside with a reason from anywhere but the end', () => {
    expect(movesFrom('intake', null)).toEqual(['triaged', 'needs_help', 'on_hold', 'duplicate', 'out_of_scope']);
    expect(movesFrom('published', null)).toEqual(['needs_help', 'on_hold', 'duplicate', 'out_of_scope']);
    expect(movesFrom('withdrawn', null)).toEqual([]);
    expect(movesFrom('published', null).every(needsReason)).toBe(true);
  });

  it('lead back to where the item came from', () => {
    expect(movesFrom('on_hold', 'triaged')).toEqual(['triaged', 'needs_help', 'duplicate', 'out_of_scope']);
    expect(movesFrom('on_hold', null)).toEqual(['needs_help', 'duplicate', 'out_of_scope']);
    expect(needsReason('triaged')).toBe(false);
  });
});

it('the strip shows the newest capture, each step once as it stands last', () => {
  const step = (name: string, capture: string, state: string) =>
    ({ name, capture, state }) as unknown as Parameters<typeof newestSteps>[0][number];
  const steps = [
    step('capture', 'cap_1', 'dead'),
    step('capture', 'cap_2', 'done'),
    step('probe', 'cap_2', 'ready'),
    step('probe', 'cap_2', 'running'),
  ];
  expect(newestSteps(steps).map(({ name, state }) => [name, state])).toEqual([
    ['capture', 'done'],
    ['probe', 'running'],
  ]);
});
