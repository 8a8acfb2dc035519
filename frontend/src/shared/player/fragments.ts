/** Spans and regions as text: media fragments for captions, shorter for the address. */

import type { Mark, Player, Region } from './contract';

const PERCENT = /^\d{1,3}(?:\.\d{1,12})?$/;
const SPAN = /^(\d{1,9})-(\d{1,9})$/;
/** The smallest side of a region, in percent. */
const SMALLEST = 0.1;

/**
 * The media fragment of a span of frames (half-open: until the next frame begins; without an end where the clip
 * ends) and a region, as citations spell it: `t=1.2,3.4&xywh=percent:10,20,30,40`.
 */
export function fragmentOf(
  player: Pick<Player, 'frames' | 'timeOf'>,
  { from, to }: Mark,
  region: Region | null,
): string {
  const end = to + 1 < player.frames ? `,${plain(player.timeOf(to + 1), 6)}` : '';
  const time = `t=${plain(player.timeOf(from), 6)}${end}`;
  return region ? `${time}&xywh=percent:${regionText(region)}` : time;
}

/** `x,y,w,h` in percent, two places: a fifth of a pixel in a picture 2000 wide. */
export function regionText({ x, y, w, h }: Region): string {
  return [x, y, w, h].map((value) => plain(value, 2)).join(',');
}

/** Reads `x,y,w,h`; null where it is no rectangle inside the picture. */
export function readRegion(text: string): Region | null {
  const parts = text.split(',');
  if (parts.length !== 4 || !parts.every((part) => PERCENT.test(part))) return null;
  const [x = 0, y = 0, w = 0, h = 0] = parts.map(Number);
  return w > 0 && h > 0 && hundredth(x + w) <= 100 && hundredth(y + h) <= 100 ? { x, y, w, h } : null;
}

/** The rectangle between two corners, in percent, cut to the picture, in steps of a hundredth; never empty. */
export function regionBetween(a: { x: number; y: number }, b: { x: number; y: number }): Region {
  const side = (one: number, other: number): [number, number] => {
    const low = hundredth(Math.min(100 - SMALLEST, Math.max(0, Math.min(one, other))));
    const high = Math.min(100, Math.max(low + SMALLEST, Math.max(one, other)));
    return [low, hundredth(high - low)];
  };
  const [x, w] = side(a.x, b.x);
  const [y, h] = side(a.y, b.y);
  return { x, y, w, h };
}

/** A region moved and grown by percents, kept inside the picture. */
export function nudged(region: Region, by: { x?: number; y?: number; w?: number; h?: number }): Region {
  const w = Math.min(100, Math.max(SMALLEST, region.w + (by.w ?? 0)));
  const h = Math.min(100, Math.max(SMALLEST, region.h + (by.h ?? 0)));
  const x = Math.min(100 - w, Math.max(0, region.x + (by.x ?? 0)));
  const y = Math.min(100 - h, Math.max(0, region.y + (by.y ?? 0)));
  return regionBetween({ x, y }, { x: x + w, y: y + h });
}

/** `from-to`, both included. */
export function spanText({ from, to }: Mark): string {
  return `${from}-${to}`;
}

/** Reads `from-to`; null where it is no span. */
export function readSpan(text: string): Mark | null {
  const [, from, to] = SPAN.exec(text) ?? [];
  return from !== undefined && to !== undefined && Number(from) <= Number(to)
    ? { from: Number(from), to: Number(to) }
    : null;
}

function hundredth(value: number): number {
  return Math.round(value * 100) / 100;
}

function plain(value: number, places: number): string {
  return Math.max(0, value)
    .toFixed(places)
    .replace(/\.?0+$/, '');
}
