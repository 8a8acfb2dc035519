import { QueryClient, queryOptions } from '@tanstack/react-query';

import { api, rememberCsrf, type Schemas, told, toldWithTag } from './client';
import { isProblem, Problem } from './errors';

export type Me = Schemas['Me'];
export type Instance = Schemas['Instance'];

/** Refusals are answers: asking again would not change them. Everything else is tried twice more. */
function again(failures: number, error: Error): boolean {
  return failures < 2 && !(error instanceof Problem && error.status < 500);
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 15_000, retry: again, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  });
}

/** What this installation is, also for people it does not know. */
export const instanceQuery = queryOptions({
  queryKey: ['instance'],
  queryFn: () => told(api.GET('/api/v1/instance')),
  staleTime: Infinity,
});

/** Who is logged in, or null. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async (): Promise<Me | null> => {
    try {
      const me = await told(api.GET('/api/v1/me'));
      rememberCsrf(me.csrf ?? null);
      return me;
    } catch (error) {
      if (isProblem(error) && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** One item with its ETag. */
export function itemQuery(item: string) {
  return queryOptions({
    queryKey: ['item', item],
    queryFn: () => toldWithTag(api.GET('/api/v1/items/{item}', { params: { path: { item } } })),
  });
}

/** What the player needs of one original of an item; without a digest, of the newest with a picture. */
export function playbackQuery(item: string, original: string | null = null) {
  return queryOptions({
    queryKey: ['item', item, 'playback', original],
    queryFn: () =>
      told(
        api.GET('/api/v1/items/{item}/playback', { params: { path: { item }, query: original ? { original } : {} } }),
      ),
  });
}

/** All that is kept of what players need of an item, whichever original is played. */
export function playbacksOf(item: string) {
  return ['item', item, 'playback'] as const;
}

/** Names of people, for authors and assignees. */
export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: async () => (await told(api.GET('/api/v1/people'))).data,
  staleTime: 300_000,
});
