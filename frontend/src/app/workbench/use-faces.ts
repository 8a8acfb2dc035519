import { api, told } from '@/api/client';
import type { Item } from '@/shared/desk/contract';
import type { Faces } from '@/shared/player/faces';

import { useAfter } from './use-after';

const NONE: Faces[] = [];

/** The looks for faces through an item's originals that took place. */
export function useFaces(item: Item): Faces[] {
  const looks = useAfter(item, 'faces', (one) =>
    told(api.GET('/api/v1/items/{item}/faces', { params: { path: { item: one } } })),
  );
  return looks?.filter(({ outcome }) => outcome === 'looked') ?? NONE;
}
