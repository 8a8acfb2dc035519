import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';

const ROWS = 50;

interface OnePage<Row> {
  data: Row[];
  page: { next?: string | null };
}

interface Asked {
  limit: number;
  cursor?: string;
}

/** A list that the server gives page by page; `rows` are those of all pages that have come. */
export function usePages<Row>(
  queryKey: QueryKey,
  ask: (query: Asked) => Promise<OnePage<Row>>,
  refetchInterval: number | false = false,
) {
  const listed = useInfiniteQuery({
    queryKey,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => ask({ limit: ROWS, ...(pageParam ? { cursor: pageParam } : {}) }),
    getNextPageParam: (page) => page.page.next ?? null,
    refetchInterval,
  });
  return { listed, rows: listed.data?.pages.flatMap((page) => page.data) ?? [] };
}

export type Pages<Row> = ReturnType<typeof usePages<Row>>;
