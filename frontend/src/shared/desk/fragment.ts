/** Reads W3C media fragments back into frames and regions. */

import type { Mark, Player, Region } from '@/shared/player/contract';
import { readRegion } from '@/shared/player/fragments';
import { ROUNDING_US } from '@/shared/player/frames';

/** The part of a file that a fragment means; times are presentation times in seconds, half-open, `endS` null to the end. */
export interface Fragment {
  readonly time: { readonly startS: number; readonly endS: number | null } | null;
  readonly region: Region | null;
}

/** What reading a span needs of a player. */
export type Clock = Pick<Player, 'frames' | 'frameAt' | 'timeOf'>;

const CLOCK = /^(?:(\d{1,4}):)?([0-5]\d):([0-5]\d(?:\.\d{0,12})?)$/;
const SECONDS = /^\d{1,10}(?:\.\d{0,12})?$/;

/** Reads `t=…`, `xywh=percent:…` or both joined by `&`; null where it is not such a fragment. */
export function readFragment(text: string): Fragment | null {
  const found = new Map<string, string>();
  for (const pair of text.replace(/^#/, '').split('&')) {
    const [name = '', value] = pair.split(/=(.*)/s);
    if (!['t', 'xywh'].includes(name) || !value || found.has(name)) return null;
    found.set(name, value);
  }
  const [t, xywh] = [found.get('t'), found.get('xywh')];
  const time = t === undefined ? null : readTime(t);
  const region = xywh?.startsWith('percent:') ? readRegion(xywh.slice('percent:'.length)) : null;
  if ((t !== undefined && !time) || (xywh !== undefined && !region)) return null;
  return { time, region };
}

/** The frames that a fragment's time covers, both included; null where it names no time. */
export function markOf(clock: Clock, { time }: Fragment): Mark | null {
  if (!time) return null;
  const from = clock.frameAt(time.startS);
  const to = time.endS === null ? clock.frames - 1 : lastBefore(clock, time.endS);
  return { from, to: Math.max(from, to) };
}

/** The last frame of a span that ends, half-open, at a time: where a frame begins there, the one before it. */
function lastBefore(clock: Clock, endS: number): number {
  const frame = clock.frameAt(endS);
  return clock.timeOf(frame) + ROUNDING_US / 1e6 >= endS ? frame - 1 : frame;
}

function readTime(text: string): Fragment['time'] {
  const [start = '', end, more] = text.replace(/^npt:/, '').split(',');
  if (more !== undefined || (!start && !end)) return null;
  const startS = start ? seconds(start) : 0;
  const endS = end ? seconds(end) : null;
  if (startS === null || (end && endS === null) || (endS !== null && endS <= startS)) return null;
  return { startS, endS };
}

function seconds(text: string): number | null {
  const bare = text.replace(/s$/, '');
  if (SECONDS.test(bare)) return Number(bare);
  const clock = CLOCK.exec(bare);
  return clock ? Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]) : null;
}
