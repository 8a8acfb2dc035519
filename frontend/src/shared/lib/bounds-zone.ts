/** Moments in the local time of a place: what its clocks show, and which moment a clock there means. */

const MINUTE_MS = 60_000;

export interface ClockTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

const readers = new Map<string, Intl.DateTimeFormat>();

function reader(zone: string): Intl.DateTimeFormat {
  let found = readers.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    readers.set(zone, found);
  }
  return found;
}

/** Whether this browser knows a zone by that name. */
export function isZone(zone: string): boolean {
  try {
    reader(zone);
    return true;
  } catch {
    return false;
  }
}

/** What a clock in the zone shows. Raises RangeError for an unknown zone. */
export function clockAt(moment: number, zone: string): ClockTime {
  const parts = new Map(
    reader(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
  const number = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name));
  return {
    year: parts.get('era')?.startsWith('B') ? 1 - number('year') : number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
  };
}

function asUtc({ year, month, day, hour, minute, second }: ClockTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** How far the zone's clocks are ahead of UTC at a moment. */
export function offsetMs(moment: number, zone: string): number {
  const whole = Math.floor(moment / 1000) * 1000;
  return asUtc(clockAt(whole, zone)) - whole;
}

/**
 * The moments at which a clock in the zone shows a time: one, two when clocks were put back, none when they were put
 * forward over it.
 */
export function momentsOf(clock: ClockTime, zone: string): number[] {
  const local = asUtc(clock);
  const day = 86_400_000;
  const offsets = new Set([offsetMs(local - day, zone), offsetMs(local + day, zone)]);
  return [...offsets]
    .map((offset) => local - offset)
    .filter((moment) => offsetMs(moment, zone) === local - moment)
    .toSorted((a, b) => a - b);
}

/** The bounds of a clock time that may be doubled or skipped: the first and the last moment it can mean. */
export function spanOf(clock: ClockTime, zone: string): { earliest: number; latest: number } {
  const moments = momentsOf(clock, zone);
  const [earliest, latest] = [moments[0], moments.at(-1)];
  if (earliest !== undefined && latest !== undefined) return { earliest, latest };
  // Skipped: whoever reads such a clock has forgotten to turn it, one way or the other.
  const local = asUtc(clock);
  const around = [local - offsetMs(local - 86_400_000, zone), local - offsetMs(local + 86_400_000, zone)];
  return { earliest: Math.min(...around), latest: Math.max(...around) };
}

/** The first moment of the day that a moment falls on in the zone, and of the next. */
export function dayAround(moment: number, zone: string): { start: number; end: number } {
  const { year, month, day } = clockAt(moment, zone);
  return {
    start: spanOf({ year, month, day, hour: 0, minute: 0, second: 0 }, zone).earliest,
    end: spanOf(nextDay(year, month, day), zone).earliest,
  };
}

function nextDay(year: number, month: number, day: number): ClockTime {
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  return {
    year: next.getUTCFullYear(),
    month: next.getUTCMonth() + 1,
    day: next.getUTCDate(),
    hour: 0,
    minute: 0,
    second: 0,
  };
}

const two = (number: number) => String(number).padStart(2, '0');

/** `+02:00`, or `Z` for UTC itself. */
export function offsetWritten(offset: number): string {
  const minutes = Math.round(Math.abs(offset) / MINUTE_MS);
  return offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2024-03-05 14:30` in the zone; with seconds where there are any. */
export function writtenIn(moment: number, zone: string): string {
  const { year, month, day, hour, minute, second } = clockAt(moment, zone);
  const seconds = second === 0 ? '' : `:${two(second)}`;
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}${seconds}`;
}

const STEPS_MS = [1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000] as const;
const STEPS_DAYS = [1, 2, 7, 14] as const;
const STEPS_MONTHS = [1, 3, 6, 12, 24, 60, 120, 300, 600, 1200] as const;

export interface Tick {
  readonly at: number;
  readonly words: string;
}

/** At most `most` ticks on whole hours, days, months or years of the zone, each with the shortest words that tell. */
export function ticks(axis: { earliest: number; latest: number }, zone: string, most = 6): Tick[] {
  const length = axis.latest - axis.earliest;
  const small = STEPS_MS.find((step) => length / step <= most);
  if (small) return clockTicks(axis, zone, small);
  const days = STEPS_DAYS.find((step) => length / (step * 86_400_000) <= most);
  if (days) return dateTicks(axis, zone, (first, n) => ({ ...first, day: first.day + n * days }), 'day');
  const months = STEPS_MONTHS.find((step) => length / (step * 30.4 * 86_400_000) <= most) ?? 1200;
  const step = (first: ClockTime, n: number) => {
    const whole = Math.ceil((first.year * 12 + first.month - 1) / months) * months + n * months;
    return { ...first, year: Math.floor(whole / 12), month: (whole % 12) + 1, day: 1 };
  };
  return dateTicks(axis, zone, step, months % 12 === 0 ? 'year' : 'month');
}

function clockTicks(axis: { earliest: number; latest: number }, zone: string, step: number): Tick[] {
  const offset = offsetMs(axis.earliest, zone);
  const found: Tick[] = [];
  for (let at = Math.ceil((axis.earliest + offset) / step) * step - offset; at <= axis.latest; at += step) {
    const { month, day, hour, minute, second } = clockAt(at, zone);
    const clock = `${two(hour)}:${two(minute)}${step < 60_000 ? `:${two(second)}` : ''}`;
    found.push({ at, words: hour === 0 && minute === 0 && second === 0 ? `${two(day)}.${two(month)}` : clock });
  }
  return found;
}

function dateTicks(
  axis: { earliest: number; latest: number },
  zone: string,
  nth: (first: ClockTime, n: number) => ClockTime,
  finest: 'day' | 'month' | 'year',
): Tick[] {
  const first = { ...clockAt(axis.earliest, zone), hour: 0, minute: 0, second: 0 };
  const found: Tick[] = [];
  for (let n = 0; n < 40; n++) {
    const at = spanOf(nth(first, n), zone).earliest;
    if (at > axis.latest) break;
    if (at < axis.earliest) continue;
    const { year, month, day } = clockAt(at, zone);
    const words = { day: `${two(day)}.${two(month)}`, month: `${year}-${two(month)}`, year: String(year) };
    found.push({ at, words: words[finest] });
  }
  return found;
}
