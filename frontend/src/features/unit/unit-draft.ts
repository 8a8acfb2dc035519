import { type CommonDraft, commonOf, EMPTY_COMMON } from '@/shared/desk/common';
import type { Assertion } from '@/shared/desk/contract';

export const ROLES = ['speakers_belong_to', 'depicted', 'equipment_of', 'mentioned', 'accused', 'commands'] as const;
export const BASES = [
  'speech',
  'caption_text',
  'insignia',
  'tactical_marking',
  'equipment_type',
  'location_and_orbat',
  'document_in_frame',
  'third_party',
] as const;

/** An attribution being written: a unit of the register, or a name as somebody wrote it. */
export interface UnitDraft extends CommonDraft {
  readonly named: 'registered' | 'written';
  readonly unit: string | null;
  readonly name: string;
  readonly role: string | null;
  readonly basis: readonly string[];
  readonly basisNote: string;
}

export const EMPTY_DRAFT: UnitDraft = {
  ...EMPTY_COMMON,
  named: 'registered',
  unit: null,
  name: '',
  role: null,
  basis: [],
  basisNote: '',
};

/** The draft that revises an attribution. */
export function draftOf(assertion: Assertion): UnitDraft {
  const { unit, name_as_written: name, role, basis, basis_note: note } = assertion.body;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    ...commonOf(assertion),
    named: text(unit) ? 'registered' : 'written',
    unit: text(unit) || null,
    name: text(name),
    role: text(role) || null,
    basis: Array.isArray(basis) ? basis.filter((one) => typeof one === 'string') : [],
    basisNote: text(note),
  };
}

export type Lacking = 'unit' | 'name' | 'role' | 'basis';

/** What an attribution still lacks of its own fields. */
export function lackingOf(draft: UnitDraft): Lacking[] {
  const lacking: Lacking[] = [];
  if (draft.named === 'registered' && !draft.unit) lacking.push('unit');
  if (draft.named === 'written' && !draft.name.trim()) lacking.push('name');
  if (!draft.role) lacking.push('role');
  if (draft.basis.length === 0) lacking.push('basis');
  return lacking;
}

/** The fields as the archive takes them; null while something is missing. */
export function bodyOf(draft: UnitDraft): Record<string, unknown> | null {
  if (lackingOf(draft).length > 0) return null;
  return {
    ...(draft.named === 'registered' ? { unit: draft.unit } : { name_as_written: draft.name.trim() }),
    role: draft.role,
    basis: [...draft.basis],
    ...(draft.basisNote.trim() ? { basis_note: draft.basisNote.trim() } : {}),
  };
}
