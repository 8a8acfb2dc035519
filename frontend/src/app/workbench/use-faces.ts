import { useQuery } from '@tanstack/react-query';

import { api, told } from '@/api/client';
import type { Item } from '@/shared/desk/contract';
import type { Faces } from '@/shared/player/faces';

const NONE: Faces[] = [];

/** The looks for faces through an item's originals that took place; asked anew whenever such a look has ended. */
export function useFaces({ item, steps }: Item): Faces[] {
  const looks = (steps ?? []).filter(({ name, state }) => name === 'faces' && state === 'done').length;
  const { data } = useQuery({
    queryKey: ['item', item, 'faces', looks],
    queryFn: () => told(api.GET('/api/v1/items/{item}/faces', { params: { path: { item } } })),
    placeholderData: (before) => before,
    enabled: looks > 0,
  });
  return data?.filter(({ outcome }) => outcome === 'looked') ?? NONE;
}
