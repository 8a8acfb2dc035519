/** What the address of the workbench holds: the open panel, the frame, a marked span and a region. */
export interface WorkbenchSearch {
  tab?: string;
  /** Frame, from 0. */
  f?: number;
  /** Marked span in frames, `from-to`, both included. */
  span?: string;
  /** Region in percent, `x,y,w,h`. */
  xywh?: string;
}

const SPAN = /^\d{1,9}-\d{1,9}$/;
const REGION = /^\d{1,3}(\.\d+)?(,\d{1,3}(\.\d+)?){3}$/;

export function workbenchSearch(search: Record<string, unknown>): WorkbenchSearch {
  const { tab, f, span, xywh } = search;
  const frame = typeof f === 'number' || typeof f === 'string' ? Number(f) : Number.NaN;
  return {
    ...(typeof tab === 'string' ? { tab } : {}),
    ...(Number.isInteger(frame) && frame >= 0 ? { f: frame } : {}),
    ...(typeof span === 'string' && SPAN.test(span) ? { span } : {}),
    ...(typeof xywh === 'string' && REGION.test(xywh) ? { xywh } : {}),
  };
}
