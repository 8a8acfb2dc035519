/** Which frame is really on the screen, and what somebody means by it: numbers are told, never guessed. */

import type { Mark, PlayerState, Region } from './contract';

/**
 * The frame on the screen: that of the archive's still before the video has begun, else the one that the decoder has
 * told. Null while nobody has said, and while another one is on its way.
 */
export function shownFrame(state: PlayerState): number | null {
  if (!state.begun) return state.still;
  if (state.confirmed) return state.frame;
  return state.amiss || state.playing ? state.shown : null;
}

/** Where the picture stands, for the counter, the playhead and every step from here: the still counts until the video does. */
export function placeOf({ begun, frame, still }: PlayerState): number {
  return begun ? frame : (still ?? frame);
}

/** What a citation made now is about: the marked span, unless a region stands on a frame outside of it; else the frame. */
export function meantBy(mark: Mark | null, region: Region | null, shown: number | null): Mark | null {
  const isElsewhere = mark && region && shown !== null && (shown < mark.from || shown > mark.to);
  if (mark && !isElsewhere) return mark;
  return shown === null ? null : { from: shown, to: shown };
}
