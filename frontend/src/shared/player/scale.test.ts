import { isWhole, moved, rows, shareOf, showing, ticks, timeAtShare, whole, zoomed } from './scale';

describe('the timeline', () => {
  const all = whole(60);

  it('keeps the time under the pointer in its place while zooming', () => {
    const view = zoomed(all, 60, 0.25, 0.5);
    expect(view).toEqual({ from: 22.5, to: 37.5 });
    expect(shareOf(view, 30)).toBe(0.5);
    expect(timeAtShare(view, 0)).toBe(22.5);
  });

  it('never leaves the clip, and never shows less than half a second', () => {
    for (const share of [0, 0.3, 1])
      for (const factor of [1e-9, 0.1, 0.9, 3, 1e9]) {
        const view = moved(zoomed(all, 60, factor, share), 60, share * 5 - 2);
        expect(view.from).toBeGreaterThanOrEqual(0);
        expect(view.to).toBeLessThanOrEqual(60 + 1e-9);
        expect(view.to - view.from).toBeGreaterThanOrEqual(0.5 - 1e-9);
      }
    expect(isWhole(zoomed({ from: 3, to: 9 }, 60, 100), 60)).toBe(true);
    expect(zoomed(whole(0.04), 0.04, 0.1)).toEqual({ from: 0, to: 0.04 });
  });

  it('turns the page only when the playhead leaves it', () => {
    const view = { from: 10, to: 20 };
    expect(showing(view, 60, 15)).toBe(view);
    const next = showing(view, 60, 20.1);
    expect(shareOf(next, 20.1)).toBeCloseTo(0.1);
  });

  it('writes few round times', () => {
    expect(ticks(all)).toEqual([0, 10, 20, 30, 40, 50, 60]);
    for (const span of [0.5, 3, 7.3, 61, 4000, 90_000])
      expect(ticks({ from: span, to: 2 * span }).length).toBeLessThanOrEqual(8);
  });

  it('puts spans that overlap in rows of their own', () =>
    expect(
      rows([
        { from: 0, to: 9 },
        { from: 5, to: 6 },
        { from: 7, to: 12 },
        { from: 10, to: 11 },
      ]),
    ).toEqual([0, 1, 1, 0]));
});
