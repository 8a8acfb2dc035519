/** Times and frames as people read and type them. */

/** `hh:mm:ss.mmm`, rounded to the nearest millisecond, so that what is read can be typed again for the same frame. */
export function timecode(seconds: number): string {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const part = (value: number, width = 2) => String(value).padStart(width, '0');
  return [
    part(Math.floor(ms / 3_600_000)),
    part(Math.floor(ms / 60_000) % 60),
    `${part(Math.floor(ms / 1000) % 60)}.${part(ms % 1000, 3)}`,
  ].join(':');
}

export type Wanted = { readonly frame: number } | { readonly seconds: number };

// `к` as in "кадр", for those whose keyboard is Cyrillic.
const FRAME = /^[fк]?\s*(\d{1,9})$/i;
const SECONDS = /^(\d{1,6})[.,](\d{1,6})$/;
const CLOCK = /^(?:(\d{1,4}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,6}))?$/;

/**
 * What somebody means by `f110` or `110` (a frame), `4.4` (seconds), `1:02` or `00:00:04.400` (a timecode);
 * null where it is none of them.
 */
export function readWanted(typed: string): Wanted | null {
  const text = typed.trim();
  const frame = FRAME.exec(text);
  if (frame) return { frame: Number(frame[1]) };
  const plain = SECONDS.exec(text);
  if (plain) return { seconds: Number(`${plain[1]}.${plain[2]}`) };
  const clock = CLOCK.exec(text);
  if (!clock) return null;
  const [, hours, minutes, seconds, fraction] = clock;
  if (Number(seconds) > 59 || (hours !== undefined && Number(minutes) > 59)) return null;
  return { seconds: Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(`${seconds}.${fraction ?? 0}`) };
}
