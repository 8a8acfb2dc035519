import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';

/** Every browser somebody is logged in with; each can be ended from here. */
export function LogIns() {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const listed = useQuery({
    queryKey: ['log-ins'],
    queryFn: async () => (await told(api.GET('/api/v1/sessions', { params: { query: { limit: 100 } } }))).data,
  });
  const ending = useMutation({
    mutationFn: (session: string) => api.DELETE('/api/v1/sessions/{session}', { params: { path: { session } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['log-ins'] }),
  });
  return (
    <Section title={t('logIns.title')} hint={t('logIns.hint')}>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones rows={2} /> : null}
      {ending.error ? <FailureMessage error={ending.error} /> : null}
      <ul className={styles['rows']}>
        {listed.data?.map((row) => (
          <li key={row.session}>
            <span>
              {row.browser || t('logIns.unknown')}
              <small>
                {t('logIns.since')} <Moment at={row.created_at} exact /> · {t('logIns.seen')}{' '}
                <Moment at={row.seen_at} />
              </small>
            </span>
            {row.current ? (
              <span>{t('logIns.current')}</span>
            ) : (
              <Button
                onClick={() => ending.mutate(row.session)}
                loading={ending.variables === row.session && ending.isPending}
              >
                {t('logIns.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
