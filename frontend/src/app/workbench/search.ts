import { playableOf } from '@/shared/desk/citations';
import type { Item } from '@/shared/desk/contract';

/** What the address of the workbench holds: the open panel, the frame, a marked span and a region, and of which original. */
export interface WorkbenchSearch {
  tab?: string;
  /** Frame, from 0. */
  f?: number;
  /** Marked span in frames, `from-to`, both included. */
  span?: string;
  /** Region in percent, `x,y,w,h`. */
  xywh?: string;
  /** `sha256-` and the first digits of the original's digest. */
  of?: string;
}

const SPAN = /^\d{1,9}-\d{1,9}$/;
const REGION = /^\d{1,3}(\.\d+)?(,\d{1,3}(\.\d+)?){3}$/;

export function workbenchSearch(search: Record<string, unknown>): WorkbenchSearch {
  const { tab, f, span, xywh, of } = search;
  const frame = typeof f === 'number' || typeof f === 'string' ? Number(f) : Number.NaN;
  return {
    ...(typeof tab === 'string' ? { tab } : {}),
    ...(Number.isInteger(frame) && frame >= 0 ? { f: frame } : {}),
    ...(typeof span === 'string' && SPAN.test(span) ? { span } : {}),
    ...(typeof xywh === 'string' && REGION.test(xywh) ? { xywh } : {}),
    // Kept also where it names nothing: a frame of an unknown file is no frame of a known one.
    ...(of === undefined ? {} : { of: String(of) }),
  };
}

const NAME = /^sha256-([0-9a-f]{8,64})$/;

/** The digest that an address means by its first digits; null where it names none, or none of this item's alone. */
export function originalNamed(item: Pick<Item, 'files'>, of: string | undefined): string | null {
  const [, digits] = NAME.exec(of ?? '') ?? [];
  const found = digits ? playableOf(item).filter((digest) => digest.startsWith(digits)) : [];
  return found.length === 1 ? (found[0] ?? null) : null;
}
