import type { Assertion } from '@/shared/desk/contract';

import { bodyOf, draftOf, EMPTY_DRAFT, lackingOf } from './unit-draft';

describe('an attribution being written', () => {
  it('says what it lacks and is not sent', () => {
    expect(lackingOf(EMPTY_DRAFT)).toEqual(['unit', 'role', 'basis']);
    expect(bodyOf(EMPTY_DRAFT)).toBeNull();
    expect(lackingOf({ ...EMPTY_DRAFT, named: 'written', name: ' ' })).toContain('name');
  });

  it('names a unit in exactly one way, also when both were typed', () => {
    const both = { ...EMPTY_DRAFT, unit: 'unt_1', name: '9733-й полк', role: 'depicted', basis: ['insignia'] };
    expect(bodyOf({ ...both, named: 'registered' })).toEqual({ unit: 'unt_1', role: 'depicted', basis: ['insignia'] });
    expect(bodyOf({ ...both, named: 'written' })).toEqual({
      name_as_written: '9733-й полк',
      role: 'depicted',
      basis: ['insignia'],
    });
  });

  it('revises what was said without losing a word of it', () => {
    const body = {
      name_as_written: 'x',
      role: 'rumoured',
      basis: ['speech', 'a tattoo'],
      basis_note: 'left arm',
      reasoning: 'r',
      confidence: 'low',
      status: 'candidate',
    };
    const said = { assertion: 'ast_1', body, citations: [] } as unknown as Assertion;
    expect(bodyOf(draftOf(said))).toEqual({
      name_as_written: 'x',
      role: 'rumoured',
      basis: ['speech', 'a tattoo'],
      basis_note: 'left arm',
    });
    expect(draftOf(said)).toMatchObject({ reasoning: 'r', confidence: 'low', supersedes: 'ast_1' });
  });
});
