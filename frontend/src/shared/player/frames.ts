/** Which frame is on the screen at a time, and where to seek so that exactly this frame comes. Times are microseconds since frame 0. */

/** Ascending times, one for each frame shown. Float64 holds every whole microsecond of 285 years. */
export type FrameTimes = Float64Array;

/** Written times and containers' clocks may be rounded to a thousandth of a second. */
export const ROUNDING_US = 500;
/** What adding seconds as floating point may lose. */
const NOISE_US = 0.1;
/** Far enough into a frame that no rounding lands on a neighbour, near enough for a last frame of unknown length. */
const FARTHEST_INTO_US = 20_000;
const LONE_FRAME_US = 2_000;
/** Where in a frame's interval to aim: the middle first, then either side, for decoders that round. */
const AIMS = [1 / 2, 1 / 4, 3 / 4] as const;
export const AIM_COUNT = AIMS.length;

/** Reads little-endian unsigned numbers of 4 or 8 bytes. Throws where they are not the times of at least one frame. */
export function readFrameTimes(bytes: ArrayBuffer, bytesEach: 4 | 8): FrameTimes {
  const count = bytes.byteLength / bytesEach;
  if (count < 1 || !Number.isInteger(count)) throw new RangeError(`not the times of frames: ${bytes.byteLength} bytes`);
  const view = new DataView(bytes);
  const times = Float64Array.from({ length: count }, (_, n) =>
    bytesEach === 4 ? view.getUint32(n * 4, true) : Number(view.getBigUint64(n * 8, true)),
  );
  if (times.some((time, n) => n > 0 && time <= timeAt(times, n - 1))) throw new RangeError('the times do not ascend');
  return times;
}

/** The time of a frame; outside of the clip, of its first or last frame. */
export function timeAt(times: FrameTimes, frame: number): number {
  return times[clamped(times, frame)] ?? 0;
}

/** The nearest frame number that there is. */
export function clamped(times: FrameTimes, frame: number): number {
  return Math.max(0, Math.min(times.length - 1, Math.round(frame)));
}

/** The frame on the screen at a time. */
export function frameAt(times: FrameTimes, us: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (timeAt(times, middle) <= us + NOISE_US) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The frame whose beginning is nearest to a time, and how far from it that is. */
function nearestTo(times: FrameTimes, us: number): { frame: number; apart: number } {
  const before = frameAt(times, us);
  const [apart, next] = [Math.abs(timeAt(times, before) - us), Math.abs(timeAt(times, before + 1) - us)];
  return before + 1 < times.length && next < apart ? { frame: before + 1, apart: next } : { frame: before, apart };
}

/** The frame that begins at this time and at no other; null where none does, so that a number is never guessed. */
export function frameBeginningAt(times: FrameTimes, us: number): number | null {
  const { frame, apart } = nearestTo(times, us);
  return apart <= ROUNDING_US ? frame : null;
}

/**
 * The frame that a written time means. Times are written as the beginnings of frames, rounded: to a millionth of a
 * second by us, to a thousandth by people and by some containers. So it is the frame that begins there, else the one
 * that begins next to it, and only between frames the one on the screen.
 */
export function frameMeant(times: FrameTimes, us: number): number {
  return frameBeginningAt(times, us) ?? frameAt(times, us);
}

/** When the last frame ends, as far as anybody knows: it lasts as long as the one before. */
export function endOf(times: FrameTimes): number {
  const last = timeAt(times, times.length - 1);
  return times.length > 1 ? 2 * last - timeAt(times, times.length - 2) : last + LONE_FRAME_US;
}

/** A time inside a frame's own display interval: its middle, or near its start where it lasts long. */
export function seekTarget(times: FrameTimes, frame: number, attempt = 0): number {
  const at = clamped(times, frame);
  const begin = timeAt(times, at);
  const lasts = (at + 1 < times.length ? timeAt(times, at + 1) : endOf(times)) - begin;
  return begin + Math.min(lasts, 2 * FARTHEST_INTO_US) * (AIMS[attempt % AIM_COUNT] ?? 1 / 2);
}
