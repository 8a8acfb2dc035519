/** Where a machine found faces: boxes over time, as a copy that hides them would cover them. */

import type { Schemas } from '@/api/client';

import type { Region } from './contract';

export type Faces = Schemas['SeenFaces'];

/** A stretch of time, in seconds of the original's stream, with the most faces that are hidden at one moment of it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly most: number;
}

/** Frame times are told to the microsecond, the ends of spans exactly. */
const ROUNDING_S = 1e-6;

/** The boxes that hide something in the frame shown at `seconds`. */
export function boxesAt(faces: Faces, seconds: number): Region[] {
  const at = seconds + ROUNDING_S;
  return faces.tracks.flatMap(({ spans }) =>
    spans
      .filter((span) => span.start_s <= at && at < span.end_s)
      .map(({ x, y, width, height }) => ({ x, y, w: width, h: height })),
  );
}

/** When there is any face, from its first box to its last; stretches that meet are one. */
export function stretchesOf(faces: Faces): Stretch[] {
  const ends = faces.tracks.flatMap(({ spans }) => [
    { at: spans[0]?.start_s ?? 0, by: 1 },
    { at: spans.at(-1)?.end_s ?? 0, by: -1 },
  ]);
  const stretches: Stretch[] = [];
  let [now, most, from] = [0, 0, 0];
  // Where one ends as another begins, both are hidden.
  for (const { at, by } of ends.toSorted((one, other) => one.at - other.at || other.by - one.by)) {
    if (now === 0) [from, most] = [at, 0];
    now += by;
    most = Math.max(most, now);
    if (now === 0) stretches.push({ from, to: at, most });
  }
  return stretches;
}
