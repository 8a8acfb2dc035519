import { angleBetween } from './geo';
import { elevationOf, fittingSpans, sunAt } from './sun';

const BAKHMUT = { lat: 48.6, lon: 37.9 };
const at = (text: string) => Date.parse(text);
const DAY = [at('2024-03-04T22:00Z'), at('2024-03-05T22:00Z')] as const;

describe('the sun', () => {
  it('stands where the almanac has it', () => {
    // Source for the solstice: noon elevation is 90 - latitude + 23.44 degrees; the sun is then due south.
    const noon = sunAt(at('2024-06-20T09:30Z'), BAKHMUT);
    expect(noon.elevationDeg).toBeCloseTo(90 - 48.6 + 23.44, 1);
    expect(angleBetween(noon.azimuthDeg, 180)).toBeLessThan(1);
    expect(angleBetween(noon.shadowDeg ?? 0, 0)).toBeLessThan(1);
    // Equinox: rises in the east.
    expect(angleBetween(sunAt(at('2024-03-20T03:36Z'), BAKHMUT).azimuthDeg, 90)).toBeLessThan(2);
  });

  it('throws no shadow at night', () => {
    expect(sunAt(at('2024-03-05T22:00Z'), BAKHMUT)).toMatchObject({ shadowDeg: null, shadowRatio: null });
  });

  it('throws shadows as long as its height says', () => {
    const sun = sunAt(at('2024-03-05T13:00Z'), BAKHMUT);
    expect(elevationOf(1, sun.shadowRatio ?? 0)).toBeCloseTo(sun.elevationDeg, 9);
    expect(elevationOf(1, 1)).toBeCloseTo(45, 9);
  });
});

describe('a measured shadow', () => {
  const moment = at('2024-03-05T13:00Z');
  const { shadowDeg, elevationDeg } = sunAt(moment, BAKHMUT);

  it('gives back the moment it was measured at, from its direction', () => {
    const spans = fittingSpans({ shadowDeg, shadowErrDeg: 3, elevationDeg: null, elevationErrDeg: 0 }, BAKHMUT, ...DAY);
    expect(spans).toHaveLength(1);
    const [span] = spans;
    expect(span?.earliest).toBeLessThan(moment);
    expect(span?.latest).toBeGreaterThan(moment);
    // 3 degrees either way is about a quarter of an hour either way in the afternoon.
    expect((span?.latest ?? 0) - (span?.earliest ?? 0)).toBeLessThan(40 * 60_000);
    for (const [end, beyond] of [
      [span?.earliest ?? 0, -2000],
      [span?.latest ?? 0, 2000],
    ] as const) {
      expect(angleBetween(sunAt(end, BAKHMUT).shadowDeg ?? 0, shadowDeg ?? 0)).toBeLessThanOrEqual(3);
      expect(angleBetween(sunAt(end + beyond, BAKHMUT).shadowDeg ?? 0, shadowDeg ?? 0)).toBeGreaterThan(3);
    }
  });

  it('fits morning and afternoon by its length alone, and one of them with its direction', () => {
    const length = { shadowDeg: null, shadowErrDeg: 0, elevationDeg, elevationErrDeg: 1 };
    const both = fittingSpans(length, BAKHMUT, ...DAY);
    expect(both).toHaveLength(2);
    const one = fittingSpans({ ...length, shadowDeg, shadowErrDeg: 5 }, BAKHMUT, ...DAY);
    expect(one).toHaveLength(1);
    expect(one[0]?.earliest).toBeGreaterThan(at('2024-03-05T10:00Z'));
  });

  it('fits nowhere when the sun never comes there', () => {
    const south = { shadowDeg: 180, shadowErrDeg: 5, elevationDeg: null, elevationErrDeg: 0 };
    expect(fittingSpans(south, BAKHMUT, ...DAY)).toEqual([]);
    expect(fittingSpans({ ...south, shadowDeg: null, elevationDeg: 80, elevationErrDeg: 2 }, BAKHMUT, ...DAY)).toEqual(
      [],
    );
  });

  it('fits throughout when anything would', () => {
    const anything = { shadowDeg: null, shadowErrDeg: 0, elevationDeg: 45, elevationErrDeg: 90 };
    const [day] = fittingSpans(anything, BAKHMUT, at('2024-03-05T08:00Z'), at('2024-03-05T12:00Z'));
    expect(day).toEqual({ earliest: at('2024-03-05T08:00Z'), latest: at('2024-03-05T12:00Z') });
  });
});
