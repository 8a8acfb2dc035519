/** Where the sun stood, what shadows it threw, and when in a day a measured shadow fits. */

import { getPosition } from 'suncalc';

import type { Span } from './bounds';
import { angleBetween, type Point, turned } from './geo';

export interface Sun {
  /** Degrees clockwise from true north. */
  readonly azimuthDeg: number;
  /** Above the horizon as seen through the air (refraction counted), degrees. */
  readonly elevationDeg: number;
  /** Where an upright thing's shadow points to; null when the sun is down. */
  readonly shadowDeg: number | null;
  /** The shadow's length on level ground for each metre of height; null when the sun is down. */
  readonly shadowRatio: number | null;
}

/** The sun for a moment (ms since 1970 UTC). Good to about 0.1° of direction except close to the zenith. */
export function sunAt(moment: number, place: Point): Sun {
  const { azimuth, altitude } = getPosition(new Date(moment), place.lat, place.lon);
  const isUp = altitude > 0;
  return {
    azimuthDeg: turned(azimuth),
    elevationDeg: altitude,
    shadowDeg: isUp ? turned(azimuth + 180) : null,
    shadowRatio: isUp ? 1 / Math.tan((altitude * Math.PI) / 180) : null,
  };
}

/** How high the sun stands when a thing of this height throws a shadow of this length on level ground. */
export function elevationOf(height: number, shadow: number): number {
  return (Math.atan2(height, shadow) * 180) / Math.PI;
}

/** What was measured in the picture; at least one of the two, each with its error, all in degrees. */
export interface ShadowMeasure {
  readonly shadowDeg: number | null;
  readonly shadowErrDeg: number;
  readonly elevationDeg: number | null;
  readonly elevationErrDeg: number;
}

const STEP_MS = 60_000;
/** Nobody measures a shadow in a sun that only just touches the horizon. */
const LEAST_ELEVATION_DEG = 0.5;

/**
 * The spans between `start` and `end` (ms) in which the sun agrees with the measure, to the second. Spans shorter than
 * a minute between two samples can be missed.
 */
export function fittingSpans(measure: ShadowMeasure, place: Point, start: number, end: number): Span[] {
  const fits = (moment: number) => fitsAt(measure, sunAt(moment, place));
  const spans: Span[] = [];
  let since: number | null = fits(start) ? start : null;
  for (let before = start; before < end;) {
    const at = Math.min(before + STEP_MS, end);
    const isFitting = fits(at);
    if (isFitting && since === null) since = edge(at, before, fits);
    if (!isFitting && since !== null) {
      spans.push({ earliest: since, latest: edge(before, at, fits) });
      since = null;
    }
    before = at;
  }
  if (since !== null) spans.push({ earliest: since, latest: end });
  return spans;
}

function fitsAt(measure: ShadowMeasure, sun: Sun): boolean {
  if (sun.shadowDeg === null || sun.elevationDeg < LEAST_ELEVATION_DEG) return false;
  if (measure.shadowDeg !== null && angleBetween(sun.shadowDeg, measure.shadowDeg) > measure.shadowErrDeg) return false;
  return measure.elevationDeg === null || Math.abs(sun.elevationDeg - measure.elevationDeg) <= measure.elevationErrDeg;
}

/** The last whole second that still fits, going from one that does to one that does not. */
function edge(fitting: number, failing: number, fits: (moment: number) => boolean): number {
  let [good, bad] = [fitting, failing];
  while (Math.abs(bad - good) > 1000) {
    const middle = Math.round((good + bad) / 2000) * 1000;
    if (middle === good || middle === bad) break;
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
