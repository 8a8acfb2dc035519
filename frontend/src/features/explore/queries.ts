import { infiniteQueryOptions } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';
import { type PublishedRecord, readRecord, type RecordRead } from '@/shared/records/body';

import { type ExploreSearch, questionOf } from './search';

const AT_ONCE = 100;
const MOST_AT_ONCE = 500;

export type Found = Schemas['Listed_RecordShown_'];

/** One found record, read once. */
export interface Row {
  readonly record: PublishedRecord;
  readonly read: RecordRead;
}

/** The records an address asks for, page after page. */
export function recordsQuery(search: ExploreSearch) {
  const question = questionOf(search);
  return infiniteQueryOptions({
    queryKey: ['records', question],
    queryFn: ({ pageParam, signal }) =>
      told(
        api.GET('/api/v1/records', {
          params: { query: { ...question, limit: AT_ONCE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page: Found) => page.page.next ?? undefined,

    select: (pages) => ({
      rows: pages.pages.flatMap((page) => page.data.map((record): Row => ({ record, read: readRecord(record) }))),
      count: pages.pages[0]?.count ?? { value: 0, relation: 'exact' as const },
    }),
  });
}

export type DownloadForm = 'json' | 'geojson';

interface Gathered {
  readonly records: unknown[];
  readonly features: unknown[];
}

/** Every record that answers, as one document that says what was asked and when. */
export async function gathered(
  search: ExploreSearch,
  form: DownloadForm,
  onCount: (count: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const question = questionOf(search);
  const all: Gathered = { records: [], features: [] };
  let [cursor, count]: [string | null, number] = ['', 0];
  while (cursor !== null) {
    const query = { ...question, format: form, limit: MOST_AT_ONCE, ...(cursor ? { cursor } : {}) };
    const page: Found & { features?: unknown[] } = await told(
      api.GET('/api/v1/records', { params: { query }, signal }),
    );
    all.records.push(...(page.data ?? []));
    all.features.push(...(page.features ?? []));
    count += page.data?.length ?? MOST_AT_ONCE;
    onCount(Math.min(count, page.count.value));
    cursor = page.page.next ?? null;
  }
  const said = { question, retrieved_at: new Date().toISOString(), from: window.location.origin };
  return form === 'geojson'
    ? new Blob([JSON.stringify({ type: 'FeatureCollection', ...said, features: all.features })], {
        type: 'application/geo+json',
      })
    : new Blob([JSON.stringify({ ...said, records: all.records })], { type: 'application/json' });
}

/** Gives a finished document to the browser to keep. */
export function keep(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers read it only after the click has been seen to.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
