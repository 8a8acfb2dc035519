import { queryOptions } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';

export type MapShown = Schemas['MapShown'];
export type Layer = MapShown['layers'][number];

/** What a map can be drawn from here: the ground, its borders' policy, and the operator's layers. */
export const mapQuery = queryOptions({
  queryKey: ['map'],
  queryFn: () => told(api.GET('/api/v1/map')),
  staleTime: 300_000,
});
