import { contradictions, drawnSpan, intersection, OPEN_EARLIEST, OPEN_LATEST, shareOf, type Span } from './bounds';
import { clockAt, dayAround, momentsOf, offsetMs, offsetWritten, spanOf, ticks, writtenIn } from './bounds-zone';

const KYIV = 'Europe/Kyiv';
const at = (text: string) => Date.parse(text);

/** Spans from a fixed seed (Park and Miller 1988). */
function spans(count: number, seed: number): Span[] {
  let state = seed;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 1000;
  };
  return Array.from({ length: count }, () => {
    const [a, b] = [next(), next()];
    return { earliest: Math.min(a, b), latest: Math.max(a, b) };
  });
}

describe('bounds', () => {
  it('leave exactly the moments that lie in every one of them', () => {
    for (let seed = 1; seed < 200; seed++) {
      const bounds = spans(1 + (seed % 5), seed);
      const left = intersection(bounds);
      for (let moment = 0; moment < 1000; moment += 7) {
        const isInAll = bounds.every(({ earliest, latest }) => earliest <= moment && moment <= latest);
        expect(left !== null && left.earliest <= moment && moment <= left.latest).toBe(isInAll);
      }
    }
  });

  it('contradict each other in at least one pair whenever nothing is left', () => {
    for (let seed = 1; seed < 300; seed++) {
      const bounds = spans(4, seed);
      expect(contradictions(bounds).length > 0).toBe(intersection(bounds) === null);
    }
  });

  it('leave nothing when there are none, and a moment when they touch', () => {
    expect(intersection([])).toBeNull();
    expect(
      intersection([
        { earliest: 1, latest: 5 },
        { earliest: 5, latest: 9 },
      ]),
    ).toEqual({ earliest: 5, latest: 5 });
  });

  it('are drawn over their closed ends, with room', () => {
    const closed = { earliest: at('2024-03-05T10:00Z'), latest: at('2024-03-05T20:00Z') };
    const axis = drawnSpan([closed, { earliest: OPEN_EARLIEST, latest: at('2024-03-05T18:00Z') }]);
    expect(axis).toEqual({ earliest: at('2024-03-05T09:12Z'), latest: at('2024-03-05T20:48Z') });
    expect(drawnSpan([{ earliest: OPEN_EARLIEST, latest: OPEN_LATEST }])).toBeNull();
    expect(drawnSpan([{ earliest: 0, latest: 0 }])).toEqual({ earliest: -1_800_000, latest: 1_800_000 });
    expect([shareOf(-5, { earliest: 0, latest: 10 }), shareOf(5, { earliest: 0, latest: 10 })]).toEqual([0, 0.5]);
  });
});

describe('local time', () => {
  it('knows summer and winter', () => {
    expect(offsetMs(at('2024-03-05T12:00Z'), KYIV)).toBe(7_200_000);
    expect(offsetMs(at('2024-07-05T12:00Z'), KYIV)).toBe(10_800_000);
    expect([7_200_000, -12_600_000, 0].map(offsetWritten)).toEqual(['+02:00', '-03:30', 'Z']);
    expect(writtenIn(at('2024-03-05T12:25Z'), KYIV)).toBe('2024-03-05 14:25');
    expect(writtenIn(at('2024-03-05T12:25:07Z'), KYIV)).toBe('2024-03-05 14:25:07');
  });

  it('reads a clock back to the moment it was made from', () => {
    for (let moment = at('2021-01-01T00:30Z'); moment < at('2025-01-01T00:00Z'); moment += 37 * 3_600_000) {
      for (const zone of [KYIV, 'Asia/Kathmandu', 'America/St_Johns', 'Asia/Damascus', 'UTC']) {
        expect(momentsOf(clockAt(moment, zone), zone)).toContain(moment);
      }
    }
  });

  it('gives both moments of a doubled hour, and bounds for a skipped one', () => {
    const doubled = { year: 2024, month: 10, day: 27, hour: 3, minute: 30, second: 0 };
    expect(momentsOf(doubled, KYIV)).toEqual([at('2024-10-27T00:30Z'), at('2024-10-27T01:30Z')]);
    const skipped = { year: 2024, month: 3, day: 31, hour: 3, minute: 30, second: 0 };
    expect(momentsOf(skipped, KYIV)).toEqual([]);
    expect(spanOf(skipped, KYIV)).toEqual({ earliest: at('2024-03-31T00:30Z'), latest: at('2024-03-31T01:30Z') });
  });

  it('finds the ends of a day that is not 24 hours long', () => {
    const { start, end } = dayAround(at('2024-03-31T12:00Z'), KYIV);
    expect([start, end]).toEqual([at('2024-03-30T22:00Z'), at('2024-03-31T21:00Z')]);
  });

  it('ticks on whole local hours, days, months and years, never too many', () => {
    const start = at('2024-03-05T05:10Z');
    const hours = ticks({ earliest: start, latest: start + 5 * 3_600_000 }, KYIV);
    expect(hours.map(({ words }) => words)).toEqual(['08:00', '09:00', '10:00', '11:00', '12:00']);
    const days = ticks({ earliest: start, latest: start + 5 * 86_400_000 }, KYIV);
    expect(days.map(({ words }) => words)).toEqual(['06.03', '07.03', '08.03', '09.03', '10.03']);
    for (let length = 5000; length < 400 * 365 * 86_400_000; length *= 1.7) {
      const found = ticks({ earliest: start, latest: start + length }, KYIV);
      expect(found.length).toBeGreaterThan(0);
      expect(found.length).toBeLessThanOrEqual(8);
      expect(found.every((tick, n) => tick.at >= start && (n === 0 || tick.at > (found[n - 1]?.at ?? 0)))).toBe(true);
    }
  });
});
