/** What is typed about a place, and how it becomes what the archive takes. */

import type { Schemas } from '@/api/client';
import type { Citation } from '@/shared/desk/citations';
import { type CommonDraft, commonOf, EMPTY_COMMON } from '@/shared/desk/common';
import type { Assertion } from '@/shared/desk/contract';
import { same } from '@/shared/desk/same';
import type { Point } from '@/shared/lib/geo';

export const ROLES = ['camera', 'subject', 'impact', 'origin', 'destination', 'claimed'] as const;
export type Role = (typeof ROLES)[number];

export const METHODS = [
  'landmark_match',
  'skyline_match',
  'road_geometry',
  'signage_or_speech',
  'embedded_metadata',
  'platform_tag',
  'shadow_constrained',
  'celestial',
  'device_track',
  'third_party_geolocation',
  'source_statement',
  'inferred_from_unit',
] as const;
/** Alone these never place anything within ten metres; the archive refuses it. */
const WEAK: readonly string[] = ['third_party_geolocation', 'source_statement', 'inferred_from_unit'];
const EXACT_RADIUS_M = 10;

/** Something seen both in the picture and on the map; either side may still be open while it is typed. */
export interface LandmarkDraft {
  readonly at: Point | null;
  readonly seen: Citation | null;
  readonly label: string;
}

export interface PlaceDraft extends CommonDraft {
  readonly role: Role;
  readonly lat: number | null;
  readonly lon: number | null;
  readonly coordinate_as_typed: string;
  readonly radius_m: number | null;
  readonly heading_deg: number | null;
  readonly heading_err_deg: number | null;
  readonly hfov_deg: number | null;
  readonly hfov_err_deg: number | null;
  readonly method: string;
  readonly name_as_written: string;
  readonly landmarks: readonly LandmarkDraft[];
}

export const EMPTY: PlaceDraft = {
  ...EMPTY_COMMON,
  role: 'camera',
  lat: null,
  lon: null,
  coordinate_as_typed: '',
  radius_m: 100,
  heading_deg: null,
  heading_err_deg: null,
  hfov_deg: null,
  hfov_err_deg: null,
  method: '',
  name_as_written: '',
  landmarks: [],
};

type Landmark = Schemas['Landmark'];

export function pointOf({ lat, lon }: Pick<PlaceDraft, 'lat' | 'lon'>): Point | null {
  return lat === null || lon === null ? null : { lat, lon };
}

/** The fields of a place as the archive takes them; null while there is no point. */
export function bodyOf(draft: PlaceDraft): Record<string, unknown> | null {
  const at = pointOf(draft);
  if (!at || !draft.radius_m || !draft.method.trim()) return null;
  const optional = {
    heading_deg: draft.heading_deg,
    heading_err_deg: draft.heading_deg === null ? null : draft.heading_err_deg,
    hfov_deg: draft.hfov_deg,
    hfov_err_deg: draft.hfov_deg === null ? null : draft.hfov_err_deg,
    name_as_written: draft.name_as_written.trim() || null,
    coordinate_as_typed: draft.coordinate_as_typed.trim() || null,
  };
  return {
    role: draft.role,
    ...at,
    radius_m: draft.radius_m,
    method: draft.method.trim(),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
    landmarks: draft.landmarks.flatMap((landmark) => landmarkOf(landmark, draft.citations)),
  };
}

/** A pair names the citation that shows it by its place among all of them; one taken away meanwhile shows nothing. */
function landmarkOf({ at, seen, label }: LandmarkDraft, citations: readonly Citation[]): Landmark[] {
  if (!at) return [];
  const shown = seen ? citations.findIndex((citation) => same(citation, seen)) : -1;
  return [{ ...at, ...(shown >= 0 ? { citation: shown } : {}), ...(label.trim() ? { label: label.trim() } : {}) }];
}

export type Missing = 'point' | 'radius' | 'method' | 'weak' | 'pairs';

/** What still keeps the draft from being said. */
export function missingOf(draft: PlaceDraft): Missing[] {
  const isWeak = WEAK.includes(draft.method) && draft.radius_m !== null && draft.radius_m <= EXACT_RADIUS_M;
  return [
    ...(pointOf(draft) ? [] : (['point'] as const)),
    ...(draft.radius_m ? [] : (['radius'] as const)),
    ...(draft.method.trim() ? [] : (['method'] as const)),
    ...(isWeak ? (['weak'] as const) : []),
    ...(draft.landmarks.some((landmark) => !landmark.at) ? (['pairs'] as const) : []),
  ];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** A draft that revises what stands. */
export function draftOf(assertion: Assertion): PlaceDraft {
  const { body } = assertion;
  const common = commonOf(assertion);
  return {
    ...common,
    role: ROLES.find((role) => role === body['role']) ?? 'camera',
    lat: number(body['lat']),
    lon: number(body['lon']),
    coordinate_as_typed: text(body['coordinate_as_typed']),
    radius_m: number(body['radius_m']),
    heading_deg: number(body['heading_deg']),
    heading_err_deg: number(body['heading_err_deg']),
    hfov_deg: number(body['hfov_deg']),
    hfov_err_deg: number(body['hfov_err_deg']),
    method: text(body['method']),
    name_as_written: text(body['name_as_written']),
    landmarks: landmarksOf(assertion).map(({ lat, lon, citation, label }) => ({
      at: { lat, lon },
      seen: citation === null || citation === undefined ? null : (common.citations[citation] ?? null),
      label: label ?? '',
    })),
  };
}

/** The pairs of a stated place; older ones have none. */
export function landmarksOf({ body }: Assertion): readonly Landmark[] {
  const listed = body['landmarks'];
  return Array.isArray(listed) ? (listed as Landmark[]) : [];
}

/** A stated place in numbers; null where the body is not one. */
export interface StatedPlace {
  readonly id: string;
  readonly role: Role;
  readonly at: Point;
  readonly radiusM: number;
  readonly headingDeg: number | null;
  readonly headingErrDeg: number | null;
  readonly fovDeg: number | null;
  readonly isAccepted: boolean;
}

export function statedPlace(assertion: Assertion): StatedPlace | null {
  const draft = draftOf(assertion);
  const at = pointOf(draft);
  if (assertion.kind !== 'place' || !at || draft.radius_m === null) return null;
  return {
    id: assertion.assertion,
    role: draft.role,
    at,
    radiusM: draft.radius_m,
    headingDeg: draft.heading_deg,
    headingErrDeg: draft.heading_err_deg,
    fovDeg: draft.hfov_deg,
    isAccepted: assertion.body['status'] === 'accepted',
  };
}
