/** What stands on the timeline: who said something about which frames. */

import type { Mark, Region } from './contract';

export interface Span extends Mark {
  readonly id: string;
  /** An assertion's kind: place, time, unit, content, quote or note. */
  readonly kind: string;
  readonly label: string;
  readonly region?: Region | null;
}

const KINDS = ['place', 'time', 'unit', 'content', 'note'];

/** The number of a kind's colour; unknown kinds look like notes. */
export function hueOf(kind: string): number {
  // A quote is of what is to be seen and heard, as the content is.
  const place = KINDS.indexOf(kind === 'quote' ? 'content' : kind);
  return place < 0 ? KINDS.length : place + 1;
}

/** The name of a kind's words. */
export function kindOf(kind: string): string {
  return kind === 'quote' || KINDS.includes(kind) ? kind : 'note';
}

/** Where the arrow keys stop: every shot's and every span's first frame. */
export function stops(shots: readonly { start_frame: number }[], spans: readonly Span[]): number[] {
  const frames = new Set([...shots.map((shot) => shot.start_frame), ...spans.map((span) => span.from)]);
  return [...frames].toSorted((one, other) => one - other);
}
