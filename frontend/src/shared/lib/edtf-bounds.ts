/** Dates and times as people know them, from "2024" to a clock time, turned into bounds. */

import { OPEN_EARLIEST, OPEN_LATEST, type Span } from './bounds';
import { isZone, spanOf } from './bounds-zone';

export interface TypedTime extends Span {
  /** `?`: the source may be wrong. It does not widen the bounds. */
  readonly isUncertain: boolean;
  /** `~`: about then. It does not widen the bounds: how far is for whoever types to say. */
  readonly isApproximate: boolean;
}

/** Day, month and year, as Ukrainian and Russian write a date; with dots it is never meant the other way round. */
const DOTTED = /(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?![\d.])/g;
const CLOCK =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ]|, ?)(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?\s*([?~%])?$/i;

/**
 * Reads a clock time (`2024-03-05 14:30`, `05.03.2024 14:30`, with or without its offset) or an EDTF date or interval (`2024-03~`,
 * `2024-03-0X`, `2024-03-05/2024-03-07`, `../2024`, `..` for any time); without an offset it is meant in `zone`. Null for anything else.
 * Source: Extended Date/Time Format, ISO 8601-2:2019, levels 0 to 2.
 */
export async function typedTime(text: string, zone: string): Promise<TypedTime | null> {
  const written = text.trim().replaceAll(DOTTED, (_, day, month, year) => `${year}-${two(month)}-${two(day)}`);
  if (!written || !isZone(zone)) return null;
  if (written === '..')
    return { earliest: OPEN_EARLIEST, latest: OPEN_LATEST, isUncertain: false, isApproximate: false };
  const clock = CLOCK.exec(written);
  return clock ? clockBounds(clock, zone) : dateBounds(written, zone);
}

const two = (number: string) => number.padStart(2, '0');

function clockBounds(found: RegExpExecArray, zone: string): TypedTime | null {
  const [, year, month, day, hour, minute, second, fraction, offset, mark] = found;
  const clock = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
  };
  const local = new Date(Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute, clock.second));
  const isReal =
    local.getUTCMonth() + 1 === clock.month &&
    local.getUTCDate() === clock.day &&
    local.getUTCHours() === clock.hour &&
    local.getUTCMinutes() === clock.minute &&
    local.getUTCSeconds() === clock.second;
  if (!isReal) return null;
  const finest = fraction === undefined ? (second === undefined ? 59_999 : 999) : 0;
  const extra = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0'));
  const start = offset ? local.getTime() - offsetOf(offset) : null;
  const span = start === null ? spanOf(clock, zone) : { earliest: start, latest: start };
  return within({ earliest: span.earliest + extra, latest: span.latest + extra + finest }, mark);
}

function offsetOf(text: string): number {
  const found = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (!found) return 0;
  return (Number(found[2]) * 60 + Number(found[3])) * 60_000 * (found[1] === '-' ? -1 : 1);
}

async function dateBounds(text: string, zone: string): Promise<TypedTime | null> {
  const { default: edtf } = await import('edtf');
  let read;
  try {
    read = edtf(text);
  } catch {
    return null;
  }
  const { min, max } = read;
  if (typeof min !== 'number' || typeof max !== 'number' || Number.isNaN(min) || Number.isNaN(max)) return null;
  const earliest = Number.isFinite(min) ? inZone(min, zone).earliest : OPEN_EARLIEST;
  const latest = Number.isFinite(max) ? inZone(max, zone).latest : OPEN_LATEST;
  if (text.startsWith('/') || text.endsWith('/')) return null;
  const marks = /[?~%]/g;
  return within({ earliest, latest }, [...(text.match(marks) ?? [])].join(''));
}

/** EDTF counts calendar days as if they were UTC's; here they are the place's own. */
function inZone(moment: number, zone: string): Span {
  const at = new Date(moment);
  const rest = at.getUTCMilliseconds();
  const clock = {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
  };
  const span = spanOf(clock, zone);
  return { earliest: span.earliest + rest, latest: span.latest + rest };
}

function within({ earliest, latest }: Span, marks: string | undefined): TypedTime | null {
  if (latest < OPEN_EARLIEST || earliest > OPEN_LATEST || earliest > latest) return null;
  return {
    earliest: Math.max(earliest, OPEN_EARLIEST),
    latest: Math.min(latest, OPEN_LATEST),
    isUncertain: /[?%]/.test(marks ?? ''),
    isApproximate: /[~%]/.test(marks ?? ''),
  };
}
