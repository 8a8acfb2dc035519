import { fragmentOf, nudged, readRegion, readSpan, regionBetween, regionText, spanText } from './fragments';

const player = { frames: 5, timeOf: (frame: number) => 1.4 + (frame * 1001) / 30_000 };

describe('a media fragment', () => {
  it('ends where the next frame begins', () => {
    expect(fragmentOf(player, { from: 1, to: 2 }, null)).toBe('t=1.433367,1.5001');
    expect(fragmentOf(player, { from: 0, to: 0 }, null)).toBe('t=1.4,1.433367');
  });

  it('has no end where the clip ends', () => expect(fragmentOf(player, { from: 3, to: 4 }, null)).toBe('t=1.5001'));

  it('names the region in percent', () =>
    expect(fragmentOf(player, { from: 0, to: 4 }, { x: 10, y: 20.5, w: 30.25, h: 100 - 20.5 })).toBe(
      't=1.4&xywh=percent:10,20.5,30.25,79.5',
    ));
});

describe('a region', () => {
  it('is the same whichever corner comes first, and stays inside', () => {
    expect(regionBetween({ x: 60, y: 80 }, { x: 10, y: 20 })).toEqual({ x: 10, y: 20, w: 50, h: 60 });
    expect(regionBetween({ x: -5, y: 50 }, { x: 130, y: 500 })).toEqual({ x: 0, y: 50, w: 100, h: 50 });
  });

  it('is never empty and never outside, however it is drawn or nudged', () => {
    for (const at of [0, 0.004, 33.333, 66.667, 99.999, 100]) {
      const drawn = regionBetween({ x: at, y: at }, { x: at, y: 100 - at });
      for (const by of [{}, { x: -200 }, { y: 200 }, { w: 500 }, { h: -500 }, { x: 0.1, w: 0.3 }]) {
        const region = nudged(drawn, by);
        expect(readRegion(regionText(region))).toEqual(region);
        expect(region.w).toBeGreaterThan(0);
        expect(region.h).toBeGreaterThan(0);
      }
    }
  });

  it.each(['1,2,3', '10,10,95,5', '0,0,0,10', 'a,b,c,d', '1,2,3,4,5', '-1,0,5,5'])('%s is none', (text) =>
    expect(readRegion(text)).toBeNull(),
  );
});

it('a span is read as it is written', () => {
  expect(readSpan(spanText({ from: 110, to: 132 }))).toEqual({ from: 110, to: 132 });
  expect([readSpan('9-3'), readSpan('9'), readSpan('a-b')]).toEqual([null, null, null]);
});
