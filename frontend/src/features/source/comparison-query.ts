import { useQuery } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';
import type { Item } from '@/shared/desk/contract';

export type Compared = Schemas['ComparedCapture'];

/** The item's captures beside each other; asked anew whenever a capture or a step of one has ended. */
export function useComparison({ item, captures, steps }: Item) {
  const stamp = `${captures.length}/${steps.filter(({ state }) => state === 'done').length}`;
  return useQuery({
    queryKey: ['item', item, 'comparison', stamp],
    queryFn: () => told(api.GET('/api/v1/items/{item}/captures/comparison', { params: { path: { item } } })),
    placeholderData: (before) => before,
  });
}
