import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';

import type { QueueSearch } from './search';

export type ItemLine = Schemas['ItemLine'];

const ROWS = 100;
const FRESH_MS = 30_000;

/** The items of one view, page by page. */
export function queueQuery(search: QueueSearch) {
  const { view = 'unclaimed', ...filters } = search;
  return infiniteQueryOptions({
    queryKey: ['queue', { view, ...filters }],
    queryFn: ({ pageParam }) => {
      const query = { view, ...filters, limit: ROWS, ...(pageParam ? { cursor: pageParam } : {}) };
      return told(api.GET('/api/v1/items', { params: { query } }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next,
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) <= 1 ? FRESH_MS : false),
  });
}

/** How many items wait in each view. */
export const countsQuery = queryOptions({
  queryKey: ['queue', 'counts'],
  queryFn: () => told(api.GET('/api/v1/items/queue-counts')),
  refetchInterval: FRESH_MS,
});
