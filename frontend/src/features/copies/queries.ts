import { queryOptions } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';

export type Match = Schemas['MatchShown'];
export type Compared = Schemas['ComparedShown'];
export type Family = Schemas['Family'];

const MOST = 200;

/** What was found of an item in others. Every event changes the item, so that a newer one asks again. */
export const matchesQuery = (item: string, changed: string) =>
  queryOptions({
    queryKey: ['item', item, 'matches', changed],
    queryFn: () =>
      told(api.GET('/api/v1/items/{item}/matches', { params: { path: { item }, query: { limit: MOST } } })),
    placeholderData: (known) => known,
  });

/** With how many others the item was compared, and with how many not. */
export const comparedQuery = (item: string, changed: string) =>
  queryOptions({
    queryKey: ['item', item, 'compared', changed],
    queryFn: () => told(api.GET('/api/v1/items/{item}/matches/compared', { params: { path: { item } } })),
    placeholderData: (known) => known,
  });

/** What the key frames alone say, until the whole of the pictures has been compared. */
export const possibleMatchesQuery = (item: string, changed: string) =>
  queryOptions({
    queryKey: ['item', item, 'possible-matches', changed],
    queryFn: () =>
      told(api.GET('/api/v1/items/{item}/possible-matches', { params: { path: { item }, query: { limit: MOST } } })),
    placeholderData: (known) => known,
  });

/** Every item that shows the same recording. */
export const familyQuery = (item: string, changed: string) =>
  queryOptions({
    queryKey: ['item', item, 'family', changed],
    queryFn: () => told(api.GET('/api/v1/items/{item}/family', { params: { path: { item } } })),
    placeholderData: (known) => known,
  });
