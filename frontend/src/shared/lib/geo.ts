/** Points on the Earth: distances, bearings, areas to draw, and coordinates as people type them. */

/** WGS 84 degrees: -90 <= lat <= 90, -180 <= lon <= 180. */
export interface Point {
  readonly lat: number;
  readonly lon: number;
}

/** A rectangle in degrees; `west` > `east` crosses the antimeridian (RFC 7946, section 5.2). */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** [longitude, latitude], as GeoJSON has it. */
export type Position = [number, number];

/** Mean radius (IUGG R1). On this sphere distances differ from the WGS 84 geodesic by at most 0.56 %, bearings by 0.2°. */
export const EARTH_RADIUS_M = 6_371_008.8;

const rad = (degrees: number) => (degrees * Math.PI) / 180;
const deg = (radians: number) => (radians * 180) / Math.PI;

/** A bearing in 0 <= degrees < 360, however often it was turned. */
export function turned(degrees: number): number {
  const rest = ((degrees % 360) + 360) % 360;
  return rest === 360 ? 0 : rest;
}

/** The smaller angle between two directions, 0 to 180 degrees. */
export function angleBetween(one: number, other: number): number {
  const apart = turned(one - other);
  return apart > 180 ? 360 - apart : apart;
}

/** A longitude in -180 <= degrees <= 180. */
export function wrapped(lon: number): number {
  return lon >= -180 && lon <= 180 ? lon : turned(lon + 180) - 180;
}

/** The way along the ground in metres (haversine; Sinnott 1984). */
export function distanceM(from: Point, to: Point): number {
  const halfLat = Math.sin(rad(to.lat - from.lat) / 2);
  const halfLon = Math.sin(rad(to.lon - from.lon) / 2);
  const chord = halfLat * halfLat + Math.cos(rad(from.lat)) * Math.cos(rad(to.lat)) * halfLon * halfLon;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, chord)));
}

/** The direction in which `to` is seen from `from`, degrees clockwise from true north; 0 when they are the same. */
export function bearingDeg(from: Point, to: Point): number {
  const lon = rad(to.lon - from.lon);
  const y = Math.sin(lon) * Math.cos(rad(to.lat));
  const x =
    Math.cos(rad(from.lat)) * Math.sin(rad(to.lat)) - Math.sin(rad(from.lat)) * Math.cos(rad(to.lat)) * Math.cos(lon);
  return turned(deg(Math.atan2(y, x)));
}

/** Where one comes out after so many metres straight ahead. */
export function destination(from: Point, bearing: number, metres: number): Point {
  const [lon, lat] = ahead(from, bearing, metres);
  return { lat, lon: wrapped(lon) };
}

/** As `destination`, but the longitude is not wrapped, so that a ring across the antimeridian stays in one piece. */
function ahead(from: Point, bearing: number, metres: number): Position {
  const far = metres / EARTH_RADIUS_M;
  const sine =
    Math.sin(rad(from.lat)) * Math.cos(far) + Math.cos(rad(from.lat)) * Math.sin(far) * Math.cos(rad(bearing));
  const lat = Math.asin(Math.max(-1, Math.min(1, sine)));
  const lon = Math.atan2(
    Math.sin(rad(bearing)) * Math.sin(far) * Math.cos(rad(from.lat)),
    Math.cos(far) - Math.sin(rad(from.lat)) * Math.sin(lat),
  );
  return [from.lon + deg(lon), deg(lat)];
}

/** A closed ring of `corners` positions all `radiusM` away. */
export function circleRing(centre: Point, radiusM: number, corners = 64): Position[] {
  const ring = Array.from({ length: corners }, (_, n) => ahead(centre, (360 * n) / corners, radiusM));
  return [...ring, ...ring.slice(0, 1)];
}

/** A closed ring: from the point to an arc of `widthDeg` around `headingDeg`, `reachM` away. A full turn is a circle. */
export function wedgeRing(from: Point, headingDeg: number, widthDeg: number, reachM: number): Position[] {
  if (widthDeg >= 360) return circleRing(from, reachM);
  const parts = Math.max(2, Math.ceil(widthDeg / 4));
  const start = headingDeg - widthDeg / 2;
  const arc = Array.from({ length: parts + 1 }, (_, n) => ahead(from, start + (widthDeg * n) / parts, reachM));
  return [[from.lon, from.lat], ...arc, [from.lon, from.lat]];
}

/** The smallest box around some points, the short way round the Earth; null for none. */
export function boxAround(points: readonly Point[]): Box | null {
  const lons = points.map((point) => point.lon).toSorted((a, b) => a - b);
  let [west, east] = [lons[0], lons.at(-1)];
  if (west === undefined || east === undefined) return null;
  // The box leaves out the widest gap between neighbouring longitudes.
  let widest = west + 360 - east;
  for (const [n, lon] of lons.slice(1).entries()) {
    const before = lons[n] ?? lon;
    if (lon - before > widest) [widest, west, east] = [lon - before, lon, before];
  }
  const lats = points.map((point) => point.lat);
  return { west, east, south: Math.min(...lats), north: Math.max(...lats) };
}

/** How exact a radius is, in the classes reviewers use; beyond a kilometre it is an area. */
export type PrecisionClass = 'exact' | 'vicinity' | 'locality' | 'area';
export const CLASS_RADIUS_M = { exact: 10, vicinity: 100, locality: 1000 } as const;

export function precisionOf(radiusM: number): PrecisionClass {
  if (radiusM <= CLASS_RADIUS_M.exact) return 'exact';
  if (radiusM <= CLASS_RADIUS_M.vicinity) return 'vicinity';
  return radiusM <= CLASS_RADIUS_M.locality ? 'locality' : 'area';
}

/** Latitude and longitude with five decimals: about a metre. */
export function formatPoint({ lat, lon }: Point, decimals = 5): string {
  return `${plain(lat, decimals)}, ${plain(lon, decimals)}`;
}

function plain(degrees: number, decimals: number): string {
  const text = degrees.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text;
}

/** Degrees, minutes and seconds to a tenth: about three metres. */
export function formatDms({ lat, lon }: Point): string {
  return `${dms(lat, 'N', 'S')} ${dms(lon, 'E', 'W')}`;
}

function dms(degrees: number, positive: string, negative: string): string {
  const tenths = Math.round(Math.abs(degrees) * 36_000);
  const minutes = Math.floor(tenths / 600) % 60;
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  const letter = degrees < 0 && tenths > 0 ? negative : positive;
  return `${Math.floor(tenths / 36_000)}°${String(minutes).padStart(2, '0')}′${seconds}″${letter}`;
}
