import { queryOptions } from '@tanstack/react-query';

import { api, told } from '@/api/client';

/** One version of a record, or the newest. */
export function recordQuery(record: string, version: number | null) {
  return queryOptions({
    queryKey: ['record', record, version],
    queryFn: ({ signal }) =>
      version === null
        ? told(api.GET('/api/v1/records/{record}', { params: { path: { record } }, signal }))
        : told(api.GET('/api/v1/records/{record}/v/{version}', { params: { path: { record, version } }, signal })),
  });
}
