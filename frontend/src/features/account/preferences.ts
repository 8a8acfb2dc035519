import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';

export type Preferences = Schemas['Preferences'];

/** Keeps preferences; they count at once and fall back when the server refuses them. */
export function useKeepPreferences() {
  const queries = useQueryClient();
  const show = (preferences: Preferences) =>
    queries.setQueryData(meQuery.queryKey, (me) => (me ? { ...me, preferences } : me));
  return useMutation({
    mutationFn: (body: Preferences) => told(api.PUT('/api/v1/me/preferences', { body })),
    onMutate: (body) => {
      const before = queries.getQueryData(meQuery.queryKey)?.preferences;
      show(body);
      return { before };
    },
    onError: (_error, _body, context) => {
      if (context?.before) show(context.before);
    },
  });
}
