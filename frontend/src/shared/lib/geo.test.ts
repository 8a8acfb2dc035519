import {
  angleBetween,
  bearingDeg,
  boxAround,
  circleRing,
  destination,
  distanceM,
  formatDms,
  formatPoint,
  type Point,
  precisionOf,
  turned,
  wedgeRing,
} from './geo';
import { parseCoordinates } from './geo-typed';

/** Points over the whole Earth from a fixed seed (Park and Miller 1988). */
function* points(count: number): Generator<Point> {
  let seed = 20_240_305;
  const next = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  for (let n = 0; n < count; n++) yield { lat: next() * 178 - 89, lon: next() * 360 - 180 };
}

const BAKHMUT = { lat: 48.5956, lon: 37.9998 };
const KYIV = { lat: 50.4547, lon: 30.5238 };

describe('points on the Earth', () => {
  it('finds a destination as far away, and in the direction, as was asked', () => {
    let bearing = 0;
    for (const point of points(500)) {
      bearing = turned(bearing + 37.7);
      const far = 50 + bearing * 1000;
      const end = destination(point, bearing, far);
      expect(distanceM(point, end)).toBeCloseTo(far, 2);
      expect(angleBetween(bearingDeg(point, end), bearing)).toBeLessThan(1e-4);
      expect(Math.abs(end.lon)).toBeLessThanOrEqual(180);
    }
  });

  it('measures the same both ways, and agrees with the WGS 84 geodesic within 0.56 %', () => {
    expect(distanceM(KYIV, BAKHMUT)).toBe(distanceM(BAKHMUT, KYIV));
    // 581 km by Vincenty's formulae on the ellipsoid.
    expect(distanceM(KYIV, BAKHMUT) / 1000).toBeGreaterThan(570);
    expect(distanceM(KYIV, BAKHMUT) / 1000).toBeLessThan(590);
    expect(distanceM({ lat: 0, lon: 0 }, { lat: 0, lon: 1 })).toBeCloseTo(111_195.08, 1);
  });

  it('turns angles into one turn', () => {
    expect([turned(-10), turned(370), turned(360), turned(-1e-20)]).toEqual([350, 10, 0, 0]);
    expect([angleBetween(350, 10), angleBetween(10, 350), angleBetween(0, 180)]).toEqual([20, 20, 180]);
  });

  it('draws circles whose every corner lies on them, in one piece across the antimeridian', () => {
    for (const point of points(50)) {
      const ring = circleRing(point, 2500);
      expect(ring).toHaveLength(65);
      expect(ring.at(0)).toEqual(ring.at(-1));
      for (const [lon, lat] of ring) expect(distanceM(point, { lat, lon })).toBeCloseTo(2500, 2);
    }
    const lons = circleRing({ lat: 10, lon: 179.99 }, 20_000).map(([lon]) => lon);
    expect(Math.max(...lons) - Math.min(...lons)).toBeLessThan(1);
  });

  it('draws wedges from the point that keep to their width', () => {
    const ring = wedgeRing(BAKHMUT, 350, 60, 1000);
    expect(ring.at(0)).toEqual([BAKHMUT.lon, BAKHMUT.lat]);
    expect(ring.at(-1)).toEqual(ring.at(0));
    for (const [lon, lat] of ring.slice(1, -1))
      expect(angleBetween(bearingDeg(BAKHMUT, { lat, lon }), 350)).toBeLessThan(30.001);
    expect(wedgeRing(BAKHMUT, 0, 360, 1000)).toHaveLength(65);
  });

  it('puts a box around points the short way round', () => {
    expect(boxAround([])).toBeNull();
    expect(boxAround([BAKHMUT])).toEqual({ west: 37.9998, east: 37.9998, south: 48.5956, north: 48.5956 });
    expect(boxAround([KYIV, BAKHMUT])).toMatchObject({ west: 30.5238, east: 37.9998 });
    expect(
      boxAround([
        { lat: 1, lon: 170 },
        { lat: 2, lon: -170 },
      ]),
    ).toMatchObject({ west: 170, east: -170 });
  });

  it('names the class of a radius', () => {
    expect([10, 10.5, 100, 1000, 1001].map(precisionOf)).toEqual(['exact', 'vicinity', 'vicinity', 'locality', 'area']);
  });
});

describe('typed coordinates', () => {
  it.each([
    ['48.6, 37.9', 48.6, 37.9],
    ['48.6 37.9', 48.6, 37.9],
    ['48.6,37.9', 48.6, 37.9],
    ['48,6 37,9', 48.6, 37.9],
    ['48,6; 37,9', 48.6, 37.9],
    ['48,6, 37,9', 48.6, 37.9],
    ['-33.45 / -70.66', -33.45, -70.66],
    ['48.6N 37.9E', 48.6, 37.9],
    ['N 48.6 E 37.9', 48.6, 37.9],
    ['37.9E, 48.6N', 48.6, 37.9],
    ['33.45S 70.66W', -33.45, -70.66],
    [`48°36'00"N 37°54'00"E`, 48.6, 37.9],
    ['48°36′0.0″N, 37°54′0.0″E', 48.6, 37.9],
    ['48 36 00 N 37 54 00 E', 48.6, 37.9],
    ['48 36 37 54', 48.6, 37.9],
    [`48° 36.0' 37° 54.0'`, 48.6, 37.9],
    ['-0 30 00, 10 00 00', -0.5, 10],
    ['48,6° с. ш. 37,9° в. д.', 48.6, 37.9],
    ['48.6 пн. ш., 37.9 сх. д.', 48.6, 37.9],
    ['33.45 ю.ш. 70.66 з.д.', -33.45, -70.66],
    ['geo:48.6,37.9', 48.6, 37.9],
    ['48,37', 48, 37],
  ])('reads %s', (text, lat, lon) => {
    const read = parseCoordinates(text);
    expect(read?.lat).toBeCloseTo(lat, 9);
    expect(read?.lon).toBeCloseTo(lon, 9);
    expect(read?.swapped).toBe(false);
  });

  it.each([
    '',
    'Bakhmut',
    '48.6',
    '48.6 37.9 12.1',
    '91 200',
    '48.6N 37.9N',
    '48.6N 37.9',
    '48 60 00 N 37 54 00 E',
    '48.5 36 N 37.5 54 E',
    '-48.6N 37.9E',
    '48,6,37,9',
    '48.6, 37.9, 12',
    `48'36°N 37°54'E`,
    '95N 37E',
  ])('refuses %j, which has no one reading', (text) => {
    expect(parseCoordinates(text)).toBeNull();
  });

  it('tells when the first number can only be a longitude', () => {
    expect(parseCoordinates('137.9 48.6')).toEqual({ lat: 48.6, lon: 137.9, swapped: true });
  });

  it('reads back what it writes', () => {
    for (const point of points(500)) {
      const [decimal, sexagesimal] = [parseCoordinates(formatPoint(point)), parseCoordinates(formatDms(point))];
      expect(decimal?.lat).toBeCloseTo(point.lat, 4);
      expect(Math.abs((decimal?.lon ?? 0) - point.lon)).toBeLessThan(0.00001);
      expect(Math.abs((sexagesimal?.lat ?? 0) - point.lat)).toBeLessThan(0.00002);
      expect(Math.abs((sexagesimal?.lon ?? 0) - point.lon)).toBeLessThan(0.00002);
    }
    expect(formatPoint({ lat: -0.000001, lon: 0 })).toBe('0.00000, 0.00000');
    expect(formatDms({ lat: 48.99999999, lon: -0.5 })).toBe('49°00′00.0″N 0°30′00.0″W');
  });
});
