import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

import { meQuery } from '@/api/queries';

import type { AppRouter } from './router';

type Scheme = 'dark' | 'light';

/** The theme somebody chose; without a choice the workbench is dark, like an edit room, and the rest is light. */
export function useScheme(router: AppRouter, queries: QueryClient): Scheme {
  const path = useSyncExternalStore(
    (listener) => router.subscribe('onResolved', listener),
    () => router.state.location.pathname,
  );
  const preferences = useSyncExternalStore(
    // Told a moment later: queries may settle while another component is being drawn.
    (listener) => queries.getQueryCache().subscribe(() => queueMicrotask(listener)),
    () => queries.getQueryData(meQuery.queryKey)?.preferences,
  );
  const density = preferences?.density ?? 'compact';
  useEffect(() => {
    document.documentElement.dataset['density'] = density;
  }, [density]);
  return preferences?.theme ?? (path.startsWith('/items/') ? 'dark' : 'light');
}
