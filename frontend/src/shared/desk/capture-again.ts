import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, onceKey, told } from '@/api/client';
import { itemQuery } from '@/api/queries';

/** Asks for another capture of an item's source, as an earlier one where it is named; pressed twice it is asked once. */
export function useCaptureAgain(item: string) {
  const queries = useQueryClient();
  const [key, setKey] = useState(onceKey);
  return useMutation({
    mutationFn: (like: string | undefined) =>
      told(
        api.POST('/api/v1/items/{item}/captures', {
          params: { path: { item }, header: { 'idempotency-key': key } },
          ...(like ? { body: { like } } : {}),
        }),
      ),
    onSuccess: async () => {
      setKey(onceKey());
      await queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: true });
    },
  });
}
