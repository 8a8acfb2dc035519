import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api } from '@/api/client';
import { Problem } from '@/api/errors';

/** Ends this browser's session and forgets everything that was read with it; says so where it could not. */
export function useLogOut(): () => void {
  const { t } = useTranslation('app');
  const queries = useQueryClient();
  return () => {
    void (async () => {
      try {
        await api.DELETE('/api/v1/sessions/{session}', { params: { path: { session: 'current' } } });
      } catch (error) {
        // A session that is no more has ended, too.
        if (!(error instanceof Problem) || error.status !== 401) {
          const { notifications } = await import('@mantine/notifications');
          notifications.show({ color: 'red', autoClose: false, message: t('person.stillIn') });
          return;
        }
      }
      queries.clear();
      window.location.assign('/login');
    })();
  };
}
