import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, type Schemas, told, toldWithTag } from '@/api/client';

export type Unit = Schemas['Unit'];
export type UnitShown = Schemas['UnitShown'];
export type UnitDescription = Schemas['UnitDescription'];
export type Place = Schemas['Place'];
export type PlaceShown = Schemas['PlaceShown'];
export type PlaceDescription = Schemas['PlaceDescription'];
export type RegisteredName = Schemas['RegisteredName'];

const AT_ONCE = 200;

function page(q: string, cursor: string) {
  return { limit: AT_ONCE, ...(q ? { q } : {}), ...(cursor ? { cursor } : {}) };
}

/** Units by the words of their names, in any script. */
export function unitsQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: ['units', { q }],
    queryFn: ({ pageParam, signal }) =>
      told(api.GET('/api/v1/units', { params: { query: page(q, pageParam) }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page.next ?? undefined,
  });
}

/** One unit with its versions and the ETag of the newest. */
export function unitQuery(unit: string) {
  return queryOptions({
    queryKey: ['unit', unit],
    queryFn: () => toldWithTag(api.GET('/api/v1/units/{unit}', { params: { path: { unit } } })),
  });
}

/** Places of the register by the words of their names. */
export function placesQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: ['places', { q }],
    queryFn: ({ pageParam, signal }) =>
      told(api.GET('/api/v1/places', { params: { query: page(q, pageParam) }, signal })),
    initialPageParam: '',
    getNextPageParam: (last) => last.page.next ?? undefined,
  });
}

/** One place of the register with its versions. */
export function placeQuery(place: string) {
  return queryOptions({
    queryKey: ['place', place],
    queryFn: () => toldWithTag(api.GET('/api/v1/places/{place}', { params: { path: { place } } })),
  });
}
