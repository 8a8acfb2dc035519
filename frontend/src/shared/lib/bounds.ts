/** Bounds on a moment: every clue says "not before, not after", and the answer is what all of them leave. */

/** Milliseconds since 1970 UTC, both ends included. */
export interface Span {
  readonly earliest: number;
  readonly latest: number;
}

export interface Bound extends Span {
  readonly id: string;
}

/** The first and the last moment the archive takes: as an end they stand for "open". */
export const OPEN_EARLIEST = Date.UTC(1800, 0, 1);
export const OPEN_LATEST = Date.UTC(2199, 11, 31, 23, 59, 59);

export function isOpenEarliest({ earliest }: Span): boolean {
  return earliest <= OPEN_EARLIEST;
}

export function isOpenLatest({ latest }: Span): boolean {
  return latest >= OPEN_LATEST;
}

/** What all the bounds leave; null when they contradict each other, or there is none. */
export function intersection(bounds: readonly Span[]): Span | null {
  if (bounds.length === 0) return null;
  const earliest = Math.max(...bounds.map((bound) => bound.earliest));
  const latest = Math.min(...bounds.map((bound) => bound.latest));
  return earliest <= latest ? { earliest, latest } : null;
}

/** The pairs that cannot both hold. Spans have a common moment exactly when every two of them have (Helly, 1923). */
export function contradictions<B extends Span>(bounds: readonly B[]): [B, B][] {
  return bounds.flatMap((one, n) =>
    bounds.slice(n + 1).flatMap((other): [B, B][] => (intersection([one, other]) ? [] : [[one, other]])),
  );
}

/** What to draw: every end that is not open, with some room around; one open or momentary bound still gets an axis. */
export function drawnSpan(bounds: readonly Span[], leastMs = 3_600_000): Span | null {
  const ends = bounds.flatMap((bound) => [
    ...(isOpenEarliest(bound) ? [] : [bound.earliest]),
    ...(isOpenLatest(bound) ? [] : [bound.latest]),
  ]);
  if (ends.length === 0) return null;
  const [first, last] = [Math.min(...ends), Math.max(...ends)];
  const room = Math.max((last - first) * 0.08, (leastMs - (last - first)) / 2);
  return { earliest: first - room, latest: last + room };
}

/** Where a moment lies on an axis: 0 at its beginning, 1 at its end, and never outside. */
export function shareOf(moment: number, axis: Span): number {
  const length = axis.latest - axis.earliest;
  return length <= 0 ? 0 : Math.min(1, Math.max(0, (moment - axis.earliest) / length));
}
