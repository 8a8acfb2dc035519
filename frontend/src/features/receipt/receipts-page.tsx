import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Page } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './receipt.module.css';

/** Everything somebody has handed in, newest first. */
export function ReceiptsPage() {
  const { t } = useTranslation('receipt');
  const listed = useInfiniteQuery({
    queryKey: ['receipts'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      told(
        api.GET('/api/v1/submissions', {
          params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.page.next ?? null,
  });
  const rows = listed.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Page title={t('list.title')} actions={<Link to="/submit">{t('another')}</Link>}>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones /> : null}
      {listed.data && rows.length === 0 ? (
        <StateMessage title={t('list.empty')} actions={<Link to="/submit">{t('list.first')}</Link>}>
          <p>{t('list.emptyHint')}</p>
        </StateMessage>
      ) : null}
      <ul className={styles['list']}>
        {rows.map((row) => (
          <li key={row.submission}>
            <Link to="/receipts/$submission" params={{ submission: row.submission }}>
              {row.url ?? row.supplied_name ?? row.submission}
            </Link>
            <span className={styles['state']}>{row.outcome ? t(`outcomes.${row.outcome}.title`) : t('going')}</span>
            <small>
              {row.note}
              {row.batch ? (
                <>
                  {row.note ? ' · ' : ''}
                  <Link to="/batches/$batch" params={{ batch: row.batch }}>
                    {t('batch.of')}
                  </Link>
                </>
              ) : null}
            </small>
            <small className={styles['state']}>
              <Moment at={row.received_at} />
            </small>
          </li>
        ))}
      </ul>
      {listed.hasNextPage ? (
        <Button onClick={() => void listed.fetchNextPage()} loading={listed.isFetchingNextPage}>
          {t('list.more')}
        </Button>
      ) : null}
    </Page>
  );
}
