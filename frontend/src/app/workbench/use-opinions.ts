import { api, told } from '@/api/client';
import type { Item } from '@/shared/desk/contract';
import type { Opinions } from '@/shared/player/opinions';

import { useAfter } from './use-after';

const NONE: Opinions[] = [];

/** What a second detector makes of the shots of an item's originals, where one was asked. */
export function useOpinions(item: Item): Opinions[] {
  const asked = useAfter(item, 'opinion', (one) =>
    told(api.GET('/api/v1/items/{item}/shot-opinions', { params: { path: { item: one } } })),
  );
  return asked ?? NONE;
}
