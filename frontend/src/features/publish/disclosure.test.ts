import type { Item } from '@/shared/desk/contract';

import { cautions, disclosure, obstacles, standing } from './disclosure';

const said = (kind: string, status: string, superseded_by: string | null = null) => ({
  kind,
  body: { status },
  superseded_by,
});
const item = (change: object) =>
  ({
    files: [{ role: 'original' }],
    workflow: 'triaged',
    record: null,
    assertions: [],
    captures: [],
    ...change,
  }) as unknown as Item;

describe('publishing', () => {
  it('never promises an exact place to everybody', () => {
    expect(disclosure('public').told).not.toContain('exactPlaces');
    expect(disclosure('public').withheld).toEqual(
      expect.arrayContaining(['exactPlaces', 'reasoning', 'addresses', 'keys']),
    );
    expect(disclosure('restricted').told).toContain('exactPlaces');
  });

  it.each(['public', 'researcher', 'restricted', 'sealed'] as const)('withholds notes and submitters: %s', (audience) =>
    expect(disclosure(audience).withheld).toEqual(expect.arrayContaining(['notes', 'submitters', 'candidates'])),
  );

  it('takes what is accepted and stands, and no notes', () => {
    const { accepted, candidates } = standing(
      item({
        assertions: [
          said('place', 'accepted'),
          said('place', 'accepted', 'ast_2'),
          said('time', 'candidate'),
          said('unit', 'rejected'),
          said('note', 'accepted'),
        ],
      }),
    );
    expect([accepted.length, candidates.length]).toEqual([1, 1]);
  });

  it('is hindered by a missing role, a missing original and a withdrawal', () => {
    expect(obstacles(item({}), true)).toEqual([]);
    expect(obstacles(item({ files: [], workflow: 'withdrawn' }), false)).toEqual(['role', 'noOriginal', 'withdrawn']);
  });

  it('gives pause where candidates are left or nothing is accepted', () => {
    expect(cautions(item({ assertions: [said('time', 'candidate')], workflow: 'on_hold' }))).toEqual([
      'nothingAccepted',
      'candidatesLeft',
      'aside',
    ]);
  });

  it('gives pause where it would say that something was filmed after it was kept', () => {
    const time = said('time', 'accepted');
    Object.assign(time.body, { about: 'capture', earliest: '2031-01-01T00:00:00Z', latest: '2031-01-01T23:59:59Z' });
    const captures = [{ outcome: 'captured', ended_at: '2026-11-29T08:00:00Z' }];
    expect(cautions(item({ assertions: [time], captures }))).toEqual(['filmedNever']);
    expect(cautions(item({ assertions: [time] }))).toEqual([]);
  });
});
