import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';

import { playbackQuery } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';

import { originalNamed } from './search';

/**
 * The original that is shown: the one the address names, else the newest with a picture. An address that names one
 * which is not here says nothing of any frame that is.
 */
export function useOriginal(item: Item) {
  const { of } = useSearch({ from: '/items/$item' });
  const queries = useQueryClient();
  const named = originalNamed(item, of);
  const usual = queries.getQueryState(playbackQuery(item.item).queryKey);
  const playback = useQuery({
    ...playbackQuery(item.item, named),
    // The newest, once the address names it: from then on a newer one does not push it away.
    initialData: () => (named && usual?.data?.original === named ? usual.data : undefined),
    initialDataUpdatedAt: usual?.dataUpdatedAt,
  });
  return { playback, isMissing: of !== undefined && named === null };
}
