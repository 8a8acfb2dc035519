import { queryOptions, skipToken } from '@tanstack/react-query';

import { bytesAt } from '@/api/client';

import type { Playback } from './contract';
import { readFrameTimes } from './frames';

/** The times of an original's frames; asked once for each, since they never change. Waits where it has none yet. */
export const frameTimesQuery = (times: Playback['frame_times'] | undefined) =>
  queryOptions({
    queryKey: ['frame-times', times?.digest],
    queryFn: times
      ? async ({ signal }) => readFrameTimes(await bytesAt(times.content, signal), times.bytes_each)
      : skipToken,
    staleTime: Infinity,
  });
