import { queryOptions } from '@tanstack/react-query';

import { api, ask, type Schemas, told } from '@/api/client';
import { isProblem } from '@/api/errors';

export type Search = Schemas['PictureSearchShown'];
export type Hit = Schemas['PictureHit'];

/** As much as the server takes; what is larger is not sent at all. */
export const LIMIT_BYTES = 48 << 20;
const LOOK_EVERY_MS = 700;

/**
 * Sends a picture or a clip to search by; the name of the search. Sent again under the same `key`, it is the same one.
 * An earlier one that is under way, as of a page that was loaded anew meanwhile, is stopped: the newest wish counts.
 */
export async function begin(file: Blob, key: string, signal: AbortSignal): Promise<string> {
  try {
    return await sent(file, key, signal);
  } catch (failure) {
    const before = isProblem(failure, 'conflict') ? failure.extensions['search'] : null;
    if (typeof before !== 'string') throw failure;
    await stop(before);
    return sent(file, key, signal);
  }
}

async function sent(file: Blob, key: string, signal: AbortSignal): Promise<string> {
  const answer = await ask('/api/v1/picture-searches', {
    method: 'POST',
    body: file,
    headers: { 'Content-Type': 'application/octet-stream', 'Idempotency-Key': key },
    signal,
  });
  const { search } = (await answer.json()) as Schemas['SearchBegun'];
  return search;
}

/** Lets the server forget what was asked with and what was found. */
export async function stop(search: string): Promise<void> {
  await api.DELETE('/api/v1/picture-searches/{search}', { params: { path: { search } } });
}

export const isUnderWay = (search: Pick<Search, 'state'>): boolean =>
  search.state === 'waiting' || search.state === 'running';

/** A search as it stands; asked again until it has ended, or cannot be asked after. */
export const searchQuery = (search: string) =>
  queryOptions({
    queryKey: ['picture-search', search],
    queryFn: () => told(api.GET('/api/v1/picture-searches/{search}', { params: { path: { search } } })),
    refetchInterval: ({ state }) => (state.error || (state.data && !isUnderWay(state.data)) ? false : LOOK_EVERY_MS),
    gcTime: 0,
  });
