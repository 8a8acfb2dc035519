import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { makeQueryClient } from '@/api/queries';
import { ErrorBoundary } from '@/shared/ui/error-boundary';
import { nonce } from '@/styles/nonce';
import { theme, variables } from '@/styles/theme';

import { makeRouter } from './router';
import { useScheme } from './scheme';

const Notifications = lazy(async () => ({ default: (await import('@mantine/notifications')).Notifications }));

/** The whole application: look, server state, address. */
export function App() {
  const [queries] = useState(makeQueryClient);
  const [router] = useState(() => makeRouter(queries));
  const scheme = useScheme(router, queries);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      forceColorScheme={scheme}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <ErrorBoundary>
          <Suspense>
            <Notifications position="bottom-right" autoClose={6000} />
          </Suspense>
          <RouterProvider router={router} />
        </ErrorBoundary>
      </QueryClientProvider>
    </MantineProvider>
  );
}
