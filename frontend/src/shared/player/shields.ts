/** How a picture is made bearable: which server copy a shield shows, and the same pictures drawn here for stills. */

import type { Schemas } from '@/api/client';

import type { ShieldKind } from './contract';

export const SHIELDS: readonly ShieldKind[] = ['sketch', 'blur', 'grey', 'clear'];

type Shielded = Schemas['Shielded'];

/** The copy made by the server for a shield; null where there is none. It has no grey one: the sketch shows less. */
export function copyFor(content: Shielded, shield: ShieldKind): string | null {
  if (shield === 'clear') return content.clear;
  return shield === 'blur' ? content.blur : content.sketch;
}

export function nextShield(shield: ShieldKind): ShieldKind {
  return SHIELDS[(SHIELDS.indexOf(shield) + 1) % SHIELDS.length] ?? 'sketch';
}

/** What to go back to: the reader's own shield, and a shield also for who has none. */
export function restored(preferred: ShieldKind): ShieldKind {
  return preferred === 'clear' ? 'sketch' : preferred;
}

/** Light of the paper and of the darkest line, as in the server's sketches. */
const PAPER = 232;
const INK = 40;
/** Blurred copies are computed this wide: what the blur takes away is not there to be brought back. */
const BLURRED_WIDTH = 24;

/** Draws what stands on `canvas` behind a shield, in place. Throws rather than leave it clear. */
export function shieldCanvas(canvas: HTMLCanvasElement, shield: ShieldKind): void {
  const context = canvas.getContext('2d');
  if (shield === 'clear') return;
  if (!context) throw new Error('no picture can be drawn here');
  const { width, height } = canvas;
  if (shield === 'blur') {
    const small = new OffscreenCanvas(BLURRED_WIDTH, Math.max(1, Math.round((BLURRED_WIDTH * height) / width)));
    const narrow = small.getContext('2d');
    if (!narrow) throw new Error('no picture can be drawn here');
    narrow.imageSmoothingQuality = 'high';
    narrow.drawImage(canvas, 0, 0, small.width, small.height);
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, width, height);
  }
  const picture = context.getImageData(0, 0, width, height);
  const grey = greyOf(picture.data);
  spread(picture.data, shield === 'sketch' ? sketchOf(grey, width, height) : grey);
  context.putImageData(picture, 0, 0);
}

/** Light by BT.601, one byte for each of the points (RGBA). */
export function greyOf(points: Uint8ClampedArray): Uint8ClampedArray {
  const grey = new Uint8ClampedArray(points.length / 4);
  for (let n = 0; n < grey.length; n += 1) {
    const at = n * 4;
    grey[n] = 0.299 * (points[at] ?? 0) + 0.587 * (points[at + 1] ?? 0) + 0.114 * (points[at + 2] ?? 0);
  }
  return grey;
}

/** Dark lines on light paper where light changes (Sobel). */
export function sketchOf(grey: Uint8ClampedArray, width: number, height: number): Uint8ClampedArray {
  const light = (x: number, y: number) =>
    grey[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  const drawn = new Uint8ClampedArray(grey.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const [a, b, c] = [light(x - 1, y - 1), light(x, y - 1), light(x + 1, y - 1)];
      const [d, f] = [light(x - 1, y), light(x + 1, y)];
      const [g, h, i] = [light(x - 1, y + 1), light(x, y + 1), light(x + 1, y + 1)];
      const across = Math.min(255, Math.abs(c + 2 * f + i - a - 2 * d - g));
      const down = Math.min(255, Math.abs(g + 2 * h + i - a - 2 * b - c));
      drawn[y * width + x] = PAPER - Math.min(across + down, PAPER - INK);
    }
  return drawn;
}

function spread(points: Uint8ClampedArray, grey: Uint8ClampedArray): void {
  for (let n = 0; n < grey.length; n += 1) points.fill(grey[n] ?? 0, n * 4, n * 4 + 3);
}
