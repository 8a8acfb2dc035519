import type { QueryClient } from '@tanstack/react-query';

import { queueQuery } from './queries';
import { type QueueSearch, queueSearch } from './search';

const KEY = 'svidok.queue';
/** So many pages are looked through for an item that the queue on the desk may no longer hold. */
const FARTHEST_PAGES = 20;

/** Remembers the queue somebody works through, for this window. */
export function rememberQueue(search: QueueSearch): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(search));
  } catch {
    // Without it, next and previous go by the queue of all that nobody has.
  }
}

function remembered(): QueueSearch {
  try {
    return queueSearch(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Record<string, unknown>);
  } catch {
    return {};
  }
}

/**
 * The item after (`by` 1) or before (-1) another one in the queue somebody works through; null at its ends. An item
 * that has left the queue meanwhile is followed by the queue's first.
 */
export async function neighbour(queries: QueryClient, item: string, by: 1 | -1): Promise<string | null> {
  const options = queueQuery(remembered());
  let pages = (queries.getQueryData(options.queryKey) ?? (await queries.fetchInfiniteQuery(options))).pages;
  for (;;) {
    const ids = pages.flatMap((page) => page.data.map((line) => line.item));
    const at = ids.indexOf(item);
    const found = at < 0 ? undefined : ids[at + by];
    if (found) return found;
    const hasMore = pages.at(-1)?.page.next != null && pages.length < FARTHEST_PAGES;
    if (at === 0 && by < 0) return null;
    if (!hasMore) return at < 0 && by > 0 ? (ids[0] ?? null) : null;
    pages = (await queries.fetchInfiniteQuery({ ...options, pages: pages.length + 1, staleTime: 0 })).pages;
  }
}
