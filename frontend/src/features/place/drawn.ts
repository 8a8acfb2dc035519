/** What the map of an item's places shows: what stands, what is being typed, and the pairs of landmarks. */

import { type Box, boxAround, circleRing, destination, distanceM, type Point, turned } from '@/shared/lib/geo';
import { type Drawn, hueOf, type Hue, type MapPoint } from '@/shared/map/features';

import { type LandmarkDraft, type PlaceDraft, pointOf, type Role, type StatedPlace } from './draft';

export const DRAFT = 'draft';
export const HANDLE = 'heading';
const LANDMARK = 'landmark-';

export function landmarkId(index: number): string {
  return `${LANDMARK}${index}`;
}

/** Which pair a point of the map belongs to, counted from 0; null for another point. */
export function landmarkIndex(id: string): number | null {
  return id.startsWith(LANDMARK) ? Number(id.slice(LANDMARK.length)) : null;
}

export interface Words {
  readonly role: (role: Role) => string;
  readonly letter: (role: Role) => string;
  readonly heading: string;
  readonly landmark: (number: number, label: string) => string;
}

export interface Scene extends Drawn {
  readonly points: readonly MapPoint[];
  readonly movable: readonly string[];
}

/** All of it; `reachM` is how long a view is drawn, since nobody knows how far it goes. */
export function sceneOf(
  places: readonly StatedPlace[],
  draft: PlaceDraft | null,
  landmarks: readonly LandmarkDraft[],
  reachM: number,
  words: Words,
): Scene {
  const standing = places.filter(({ id }) => id !== draft?.supersedes);
  const at = draft && pointOf(draft);
  const camera = standing.find(({ role }) => role === 'camera');
  const subject = standing.find(({ role }) => role === 'subject');
  const hue = (place: StatedPlace): Hue => (place.isAccepted ? 'good' : 'dim');
  return {
    circles: [
      ...standing.map((place) => ({ id: place.id, at: place.at, radiusM: place.radiusM, hue: hue(place) })),
      ...(draft && at && draft.radius_m ? [{ id: DRAFT, at, radiusM: draft.radius_m, hue: 'accent' as const }] : []),
    ],
    wedges: [
      ...standing.flatMap(({ headingDeg, headingErrDeg, fovDeg, ...place }) =>
        headingDeg === null
          ? []
          : [
              {
                id: place.id,
                at: place.at,
                headingDeg,
                headingErrDeg,
                fovDeg,
                reachM,
                hue: place.isAccepted ? ('good' as const) : ('dim' as const),
              },
            ],
      ),
      ...(draft && at && draft.heading_deg !== null
        ? [
            {
              id: DRAFT,
              at,
              headingDeg: draft.heading_deg,
              headingErrDeg: draft.heading_err_deg,
              fovDeg: draft.hfov_deg,
              reachM,
              hue: 'accent' as const,
            },
          ]
        : []),
    ],
    lines: camera && subject ? [{ id: 'sight', from: camera.at, to: subject.at, hue: 'dim' }] : [],
    points: [
      ...standing.map((place) => ({
        id: place.id,
        at: place.at,
        label: words.role(place.role),
        mark: words.letter(place.role),
        hue: hue(place),
      })),
      ...landmarks.flatMap(({ at: seenAt, label }, index): MapPoint[] =>
        seenAt
          ? [
              {
                id: landmarkId(index),
                at: seenAt,
                label: words.landmark(index + 1, label),
                mark: String(index + 1),
                hue: hueOf(index + 1),
                shape: 'square',
              },
            ]
          : [],
      ),
      ...(draft && at && draft.heading_deg !== null
        ? [
            {
              id: HANDLE,
              at: destination(at, draft.heading_deg, reachM),
              label: words.heading,
              shape: 'handle' as const,
              hue: 'accent' as const,
            },
          ]
        : []),
      ...(draft && at
        ? [
            {
              id: DRAFT,
              at,
              label: words.role(draft.role),
              mark: words.letter(draft.role),
              hue: 'accent' as const,
              selected: true,
            },
          ]
        : []),
    ],
    movable: draft ? [DRAFT, HANDLE, ...landmarks.map((_, index) => landmarkId(index))] : [],
  };
}

/** Where to look first: around all that stands, with its radii. */
export function boundsOf(places: readonly StatedPlace[], extra: readonly Point[] = []): Box | null {
  const corners = places.flatMap(({ at, radiusM }) => circleRing(at, Math.max(radiusM, 150), 8));
  return boxAround([...corners.map(([lon, lat]) => ({ lon: turned(lon + 180) - 180, lat })), ...extra]);
}

/** A third of what is seen from top to bottom. */
export function reachIn(box: Box | null): number {
  if (!box) return 1000;
  const lon = box.west;
  return Math.max(20, distanceM({ lat: box.south, lon }, { lat: box.north, lon }) / 3);
}
