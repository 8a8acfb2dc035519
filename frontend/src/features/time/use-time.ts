import { useQuery } from '@tanstack/react-query';

import { api, told } from '@/api/client';
import { stands } from '@/shared/desk/citations';
import type { Assertion, Item } from '@/shared/desk/contract';
import { keptAt } from '@/shared/desk/filmed';
import { isZone } from '@/shared/lib/bounds-zone';
import { typedTime } from '@/shared/lib/edtf-bounds';
import type { Point } from '@/shared/lib/geo';

import type { Read } from './draft';

/** Where the camera stood, for the sun and the local time; `headingDeg` and `fovDeg` where they are known. */
export interface CameraPlace {
  readonly at: Point;
  readonly headingDeg: number | null;
  readonly fovDeg: number | null;
  readonly isAccepted: boolean;
}

const RANK = ['camera', 'subject', 'impact', 'claimed'];

/** The best place there is: an accepted camera first, else an accepted place, else whatever stands. */
export function cameraOf(assertions: readonly Assertion[]): CameraPlace | null {
  const rank = ({ body }: Assertion) =>
    (body['status'] === 'accepted' ? 0 : 10) + (RANK.indexOf(String(body['role'])) + 1 || 9);
  const found = assertions
    .filter((one) => one.kind === 'place' && stands(one))
    .toSorted((one, other) => rank(one) - rank(other) || other.made_at.localeCompare(one.made_at))
    .at(0);
  const { lat, lon, heading_deg: heading, hfov_deg: fov, status } = found?.body ?? {};
  if (typeof lat !== 'number' || typeof lon !== 'number') return null;
  return {
    at: { lat, lon },
    headingDeg: typeof heading === 'number' ? heading : null,
    fovDeg: typeof fov === 'number' ? fov : null,
    isAccepted: status === 'accepted',
  };
}

export interface LocalTime {
  readonly zone: string;
  /** The gazetteer's nearest place, that keeps this time; null while nobody knows where it was. */
  readonly of: string | null;
  /** Whether this is the answer: until it is, nothing typed may be read in a zone that is only a stand-in. */
  readonly isKnown: boolean;
}

/** The time that clocks at the place keep; UTC while the place, or its zone, is not known. */
export function useLocalTime(place: CameraPlace | null): LocalTime {
  const { data, isPending } = useQuery({
    queryKey: ['gazetteer', 'nearest', place?.at],
    enabled: place !== null,
    staleTime: Infinity,
    queryFn: () => told(api.GET('/api/v1/gazetteer/nearest', { params: { query: place?.at ?? { lat: 0, lon: 0 } } })),
  });
  const zone = data?.timezone;
  const isKnown = place === null || !isPending;
  return zone && isZone(zone) ? { zone, of: data.place?.name ?? null, isKnown } : { zone: 'UTC', of: null, isKnown };
}

/** While the reader could not be had, it is asked for again this often. */
const AGAIN_MS = 3_000;

/** How a typed time reads in a zone; a zone of null is not known yet, and nothing is read in it. */
export function useTyped(text: string, zone: string | null): Read {
  const written = text.trim();
  const { data, isError } = useQuery({
    queryKey: ['typed-time', written, zone],
    enabled: written !== '' && zone !== null,
    staleTime: Infinity,
    retry: false,
    // The reader of dates is a file of its own, which may not come while there is no network.
    refetchInterval: ({ state }) => (state.status === 'error' ? AGAIN_MS : false),
    queryFn: () => typedTime(written, zone ?? 'UTC'),
  });
  if (!written) return 'empty';
  if (data === undefined) return isError ? 'unread' : 'reading';
  return data ?? 'wrong';
}

/** A moment that it cannot have been later than. */
export interface Offer {
  readonly kind: 'published' | 'captured';
  readonly method: 'platform' | 'earliest_copy';
  readonly at: number;
}

/** Published, and here: whatever is seen had happened by then. */
export function offersOf({ published_at, captures }: Pick<Item, 'published_at' | 'captures'>): Offer[] {
  const here = keptAt({ captures });
  return [
    ...(published_at ? [{ kind: 'published', method: 'platform', at: Date.parse(published_at) } as const] : []),
    ...(here === null ? [] : [{ kind: 'captured', method: 'earliest_copy', at: here } as const]),
  ];
}
