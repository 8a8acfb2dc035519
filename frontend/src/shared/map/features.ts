/** What is drawn on a map, told in metres and degrees, and its GeoJSON. */

import type { Feature, FeatureCollection } from 'geojson';

import { circleRing, type Point, type Position, wedgeRing } from '@/shared/lib/geo';

/** Our tokens by name, without their dashes: `accent`, `kind-2`. */
export const HUES = ['accent', 'good', 'care', 'bad', 'dim', 'kind-1', 'kind-2', 'kind-3', 'kind-4', 'kind-5'] as const;
export type Hue = (typeof HUES)[number];

/** The hue of the n-th of several things of a kind, counted from 1; the number beside it tells them apart. */
export function hueOf(number: number): Hue {
  return (['kind-1', 'kind-2', 'kind-3', 'kind-4', 'kind-5'] as const)[(number - 1) % 5] ?? 'kind-1';
}

export interface MapPoint {
  readonly id: string;
  readonly at: Point;
  /** What it is, in words; a point is a button, and this its name. */
  readonly label: string;
  /** One or two characters inside of it. */
  readonly mark?: string;
  readonly hue?: Hue;
  readonly shape?: 'dot' | 'square' | 'handle';
  readonly selected?: boolean;
  /** Whether `label` stands beside it all the time. */
  readonly labelled?: boolean;
}

export interface MapCircle {
  readonly id: string;
  readonly at: Point;
  readonly radiusM: number;
  readonly hue?: Hue;
}

export interface MapWedge {
  readonly id: string;
  readonly at: Point;
  readonly headingDeg: number;
  /** Drawn around the field of view: how far the whole may be turned. */
  readonly headingErrDeg?: number | null;
  /** Without a field of view a heading is a line, with its error a narrow wedge. */
  readonly fovDeg?: number | null;
  readonly reachM: number;
  readonly hue?: Hue;
}

export interface MapLine {
  readonly id: string;
  readonly from: Point;
  readonly to: Point;
  readonly hue?: Hue;
}

/** What a map shows of its own accord: areas and lines under the points. */
export interface Drawn {
  readonly circles?: readonly MapCircle[];
  readonly wedges?: readonly MapWedge[];
  readonly lines?: readonly MapLine[];
}

export type Drawing = FeatureCollection;

/** Areas and lines as GeoJSON; each feature says its `hue` and its `part`: `area`, `error` or `line`. */
export function drawingOf({ circles = [], wedges = [], lines = [] }: Drawn): Drawing {
  return {
    type: 'FeatureCollection',
    features: [
      ...circles.map((circle) => area(circleRing(circle.at, circle.radiusM), circle.hue, 'area')),
      ...wedges.flatMap(wedgeFeatures),
      ...lines.map(({ from, to, hue }) => line([position(from), nearestCopy(from, to)], hue)),
    ],
  };
}

/** Points as GeoJSON, for drawing thousands of them in clusters. */
export function pointsOf(points: readonly MapPoint[]): Drawing {
  return {
    type: 'FeatureCollection',
    features: points.map(({ id, at, label, hue }) => ({
      type: 'Feature',
      properties: { id, label, hue: hue ?? 'accent' },
      geometry: { type: 'Point', coordinates: position(at) },
    })),
  };
}

function wedgeFeatures({ at, headingDeg, headingErrDeg, fovDeg, reachM, hue }: MapWedge): Feature[] {
  const error = headingErrDeg ?? 0;
  const found: Feature[] = [];
  if (error > 0) found.push(area(wedgeRing(at, headingDeg, (fovDeg ?? 0) + 2 * error, reachM), hue, 'error'));
  if (fovDeg) found.push(area(wedgeRing(at, headingDeg, fovDeg, reachM), hue, 'area'));
  const middle = wedgeRing(at, headingDeg, 1, reachM)[2];
  if (middle) found.push(line([position(at), middle], hue));
  return found;
}

function area(ring: Position[], hue: Hue = 'accent', part: 'area' | 'error'): Feature {
  return { type: 'Feature', properties: { hue, part }, geometry: { type: 'Polygon', coordinates: [ring] } };
}

function line(coordinates: Position[], hue: Hue = 'accent'): Feature {
  return { type: 'Feature', properties: { hue, part: 'line' }, geometry: { type: 'LineString', coordinates } };
}

function position({ lat, lon }: Point): Position {
  return [lon, lat];
}

/** The copy of `to`, some turns east or west, that lies nearest to `from`: lines go the short way round. */
function nearestCopy(from: Point, to: Point): Position {
  return [to.lon + 360 * Math.round((from.lon - to.lon) / 360), to.lat];
}
