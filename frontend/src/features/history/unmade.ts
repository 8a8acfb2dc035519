import { record, text } from './chain';

/** Why a step has made nothing: what it was in want of, or that there was nothing to make. */
export interface Unmade {
  readonly why: 'no_model' | 'no_program' | 'nothing';
  readonly sentence: string;
}

/**
 * What a step that ended tells where all it told is how it ended; null where it made something. A step without its
 * model or program is ended as any other is, and has done nothing.
 */
export function unmadeOf(products: unknown): Unmade | null {
  const made = (Array.isArray(products) ? products : []).map(record);
  const told = made.map((one) => record(one['payload']));
  if (told.length === 0 || made.some((one) => one['sha256'])) return null;
  if (!told.every((one) => text(one['outcome']))) return null;
  const want = (['no_model', 'no_program'] as const).find((name) => told.every((one) => one['outcome'] === name));
  return { why: want ?? 'nothing', sentence: text(told[0]?.['sentence']) };
}
