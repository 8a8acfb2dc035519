import { useQueryClient } from '@tanstack/react-query';

import { api } from '@/api/client';

/** Ends this browser's session and forgets everything that was read with it. */
export function useLogOut(): () => void {
  const queries = useQueryClient();
  return () => {
    void (async () => {
      await api.DELETE('/api/v1/sessions/{session}', { params: { path: { session: 'current' } } });
      queries.clear();
      window.location.assign('/login');
    })();
  };
}
