/** What is typed about a time, and how it becomes what the archive takes. */

import { type CommonDraft, commonOf, EMPTY_COMMON } from '@/shared/desk/common';
import type { Assertion } from '@/shared/desk/contract';
import { boundOf } from '@/shared/desk/filmed';
import { isOpenEarliest, isOpenLatest, OPEN_EARLIEST, OPEN_LATEST, type Span } from '@/shared/lib/bounds';
import { offsetMs, offsetWritten, writtenIn } from '@/shared/lib/bounds-zone';
import type { TypedTime } from '@/shared/lib/edtf-bounds';

export const ABOUTS = ['capture', 'publication', 'referred_event'] as const;
export type About = (typeof ABOUTS)[number];

export const METHODS = [
  'shadow',
  'embedded_metadata',
  'platform',
  'earliest_copy',
  'visible_clock',
  'broadcast',
  'seasonal',
  'statement',
  'weather',
] as const;

export interface TimeDraft extends CommonDraft {
  readonly about: About;
  /** As typed; empty is open, except that one date alone is both ends. */
  readonly earliest: string;
  readonly latest: string;
  readonly method: string;
  /** The zone what was typed is meant in; null is the one of the place. */
  readonly tz: string | null;
}

export const EMPTY: TimeDraft = {
  ...EMPTY_COMMON,
  about: 'capture',
  earliest: '',
  latest: '',
  method: '',
  tz: null,
};

/**
 * How one of the two fields was read: nothing typed, still being read, the reader is not to be had, not understood, or
 * a time with its own two ends. Only what is typed now counts: nothing stands for what has not been read yet.
 */
export type Read = 'empty' | 'reading' | 'unread' | 'wrong' | TypedTime;

/** The bounds that both fields mean together; null while they mean none. */
export function spanOf(earliest: Read, latest: Read): Span | null {
  if (!isSettled(earliest) || !isSettled(latest) || (earliest === 'empty' && latest === 'empty')) return null;
  const span = {
    earliest: earliest === 'empty' ? OPEN_EARLIEST : earliest.earliest,
    latest: latest === 'empty' ? (earliest === 'empty' ? OPEN_LATEST : earliest.latest) : latest.latest,
  };
  return span.earliest <= span.latest ? span : null;
}

function isSettled(read: Read): read is 'empty' | TypedTime {
  return read === 'empty' || typeof read === 'object';
}

/** What still keeps a time from being said, by the two fields: the reader's part of it. */
export function missingOf(earliest: Read, latest: Read): 'reading' | 'unread' | 'order' | 'bounds' | null {
  if (spanOf(earliest, latest)) return null;
  const reads = [earliest, latest];
  if (reads.includes('reading')) return 'reading';
  if (reads.includes('unread')) return 'unread';
  return typeof earliest === 'object' && typeof latest === 'object' ? 'order' : 'bounds';
}

/** The fields of a time as the archive takes them; null while something is missing. */
export function bodyOf(draft: TimeDraft, span: Span | null, zone: string): Record<string, unknown> | null {
  if (!span || !draft.method.trim()) return null;
  return {
    about: draft.about,
    earliest: new Date(span.earliest).toISOString(),
    latest: new Date(span.latest).toISOString(),
    method: draft.method.trim(),
    tz: zone,
  };
}

/** A draft that revises what stands. */
export function draftOf(assertion: Assertion): TimeDraft {
  const { body } = assertion;
  const bound = boundOf(assertion);
  const zone = typeof body['tz'] === 'string' ? body['tz'] : 'UTC';
  return {
    ...commonOf(assertion),
    about: ABOUTS.find((about) => about === body['about']) ?? 'capture',
    earliest: bound && !isOpenEarliest(bound) ? typedStart(bound.earliest, zone) : '',
    latest: bound ? (isOpenLatest(bound) ? '..' : typedEnd(bound.latest, zone)) : '',
    method: typeof body['method'] === 'string' ? body['method'] : '',
    tz: zone,
  };
}

/** The middle of a span; of one with an open end, its other end. Null where both are open, or there is none. */
export function middleOf(span: Span | null): number | null {
  if (!span || (isOpenEarliest(span) && isOpenLatest(span))) return null;
  if (isOpenEarliest(span)) return span.latest;
  return isOpenLatest(span) ? span.earliest : (span.earliest + span.latest) / 2;
}

/** The first moment of a bound as it can be typed again: to the minute, the second or the millisecond. */
export function typedStart(moment: number, zone: string): string {
  return typed(moment, zone, moment % 60_000 === 0 ? 60_000 : moment % 1000 === 0 ? 1000 : 1);
}

/** The last moment of a bound: a typed minute or second lasts to its end. */
export function typedEnd(moment: number, zone: string): string {
  const next = moment + 1;
  return typed(moment, zone, next % 60_000 === 0 ? 60_000 : next % 1000 === 0 ? 1000 : 1);
}

function typed(moment: number, zone: string, step: number): string {
  const whole = Math.floor(moment / step) * step;
  const minute = Math.floor(whole / 60_000) * 60_000;
  const seconds =
    step === 60_000
      ? ''
      : `:${((whole - minute) / 1000).toFixed(step === 1 ? 3 : 0).padStart(step === 1 ? 6 : 2, '0')}`;
  return `${writtenIn(minute, zone)}${seconds} ${offsetWritten(offsetMs(minute, zone))}`;
}

/** Bounds as people read them, in a zone; an open end is said in words by whoever shows it. */
export function shownSpan(span: Span, zone: string): { from: string | null; to: string | null } {
  const end = (moment: number) => writtenIn(Math.floor(moment / 1000) * 1000, zone);
  return {
    from: isOpenEarliest(span) ? null : end(span.earliest),
    to: isOpenLatest(span) ? null : end(span.latest),
  };
}
