/** Which part of a clip the timeline shows, and where a time stands in it; times are seconds since frame 0. */

export interface View {
  readonly from: number;
  readonly to: number;
}

/** Zoomed in this far, one frame of a usual clip is as wide as a finger. */
const SHORTEST_S = 0.5;
const TICKS_S = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const MOST_TICKS = 7;

export function whole(length: number): View {
  return { from: 0, to: length };
}

/** The place of a time in the view: 0 at its left end, 1 at its right. */
export function shareOf(view: View, time: number): number {
  return (time - view.from) / (view.to - view.from);
}

export function timeAtShare(view: View, share: number): number {
  return view.from + share * (view.to - view.from);
}

/** Shows more or less around the time at `share`, which keeps its place. `factor` < 1 shows less. */
export function zoomed(view: View, length: number, factor: number, share = 0.5): View {
  const span = Math.min(length, Math.max(Math.min(SHORTEST_S, length), (view.to - view.from) * factor));
  return kept({ from: timeAtShare(view, share) - share * span, to: 0 }, length, span);
}

/** Moves the view by a share of its own width. */
export function moved(view: View, length: number, by: number): View {
  const span = view.to - view.from;
  return kept({ from: view.from + by * span, to: 0 }, length, span);
}

/** The view itself while it shows the time; else the next page that does. */
export function showing(view: View, length: number, time: number): View {
  if (time >= view.from && time <= view.to) return view;
  const span = view.to - view.from;
  return kept({ from: time - span * 0.1, to: 0 }, length, span);
}

export function isWhole(view: View, length: number): boolean {
  return view.to - view.from >= length - 1e-6;
}

/** Round times to write on the ruler, at most seven. */
export function ticks(view: View): number[] {
  const span = view.to - view.from;
  const step = TICKS_S.find((one) => span / one <= MOST_TICKS) ?? span / MOST_TICKS;
  const first = Math.ceil(view.from / step - 1e-9);
  return Array.from(
    { length: Math.max(0, Math.floor(view.to / step + 1e-9) - first + 1) },
    (_, n) => (first + n) * step,
  );
}

/** Rows for spans so that none covers another: the row of each, in the order given. */
export function rows(spans: readonly { readonly from: number; readonly to: number }[]): number[] {
  const ends: number[] = [];
  return spans.map(({ from, to }) => {
    const free = ends.findIndex((end) => end < from);
    const row = free < 0 ? ends.length : free;
    ends[row] = to;
    return row;
  });
}

function kept(view: View, length: number, span: number): View {
  const from = Math.min(Math.max(0, view.from), Math.max(0, length - span));
  return { from, to: from + span };
}
