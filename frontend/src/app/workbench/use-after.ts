import { useQuery } from '@tanstack/react-query';

import type { Item } from '@/shared/desk/contract';

/** What a step of an item's analysis has found in its originals; asked anew whenever that step has ended. */
export function useAfter<T>({ item, steps }: Item, step: string, ask: (item: string) => Promise<T[]>): T[] | undefined {
  const ended = (steps ?? []).filter(({ name, state }) => name === step && state === 'done').length;
  const { data } = useQuery({
    queryKey: ['item', item, step, ended],
    queryFn: () => ask(item),
    placeholderData: (before) => before,
    enabled: ended > 0,
  });
  return data;
}
