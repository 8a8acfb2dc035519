import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, onceKey, told } from '@/api/client';
import { itemQuery } from '@/api/queries';

/** Asks for another capture of an item's source, beside the earlier ones; pressed twice it is asked once. */
export function useCaptureAgain(item: string) {
  const queries = useQueryClient();
  const [key, setKey] = useState(onceKey);
  return useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/items/{item}/captures', {
          params: { path: { item }, header: { 'idempotency-key': key } },
        }),
      ),
    onSuccess: async () => {
      setKey(onceKey());
      await queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: true });
    },
  });
}
