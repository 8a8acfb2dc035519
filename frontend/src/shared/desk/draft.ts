import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, useSyncExternalStore } from 'react';

import { meQuery } from '@/api/queries';

import { type Drafted, useDesk } from './contract';
import { keeperOf } from './draft-keeper';

/**
 * What is being typed about the item under `name`, such as `place`: kept in this browser at every change and on the
 * server after a pause, and there again on return. `empty` is what a draft is before anything is typed.
 */
export function useDraft<T extends object>(name: string, empty: T): Drafted<T> {
  const { item, touch } = useDesk();
  const queries = useQueryClient();
  // Whoever began to type: a session that ends meanwhile takes no words away.
  const [person] = useState(() => queries.getQueryData(meQuery.queryKey)?.id ?? 'nobody');
  const [blank] = useState(empty);
  const keeper = useMemo(() => keeperOf(person, item.item, name, blank), [person, item.item, name, blank]);
  const shown = useSyncExternalStore(keeper.subscribe, keeper.read);
  return useMemo(
    () => ({
      ...shown,
      set: (value: T) => {
        keeper.set(value);
        touch?.();
      },
      keep: keeper.keep,
      take: keeper.take,
      discard: keeper.discard,
      said: keeper.said,
    }),
    [shown, keeper, touch],
  );
}
