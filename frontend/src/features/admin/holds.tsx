import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './admin.module.css';

/** Every legal hold that stands: what it keeps, by whose authority, and whether somebody has asked for its end. */
export function Holds() {
  const { t } = useTranslation('admin');
  const listed = useInfiniteQuery({
    queryKey: ['holds'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      told(api.GET('/api/v1/holds', { params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    getNextPageParam: (page) => page.page.next ?? null,
  });
  const rows = listed.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section title={t('holds.title')} hint={t('holds.hint')}>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones /> : null}
      {listed.data && rows.length === 0 ? (
        <StateMessage title={t('holds.none')}>
          <p>{t('holds.noneHint')}</p>
        </StateMessage>
      ) : null}
      {rows.length > 0 ? (
        <div className={styles['scroll']}>
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">{t('holds.item')}</th>
                <th scope="col">{t('holds.authority')}</th>
                <th scope="col">{t('holds.reason')}</th>
                <th scope="col">{t('holds.placed')}</th>
                <th scope="col">{t('holds.state')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((hold) => (
                <tr key={hold.hold}>
                  <td>
                    <Link to="/items/$item" params={{ item: hold.item }}>
                      {hold.title ?? hold.item.slice(-8)}
                    </Link>
                  </td>
                  <td>{hold.authority}</td>
                  <td data-said>{hold.reason}</td>
                  <td>
                    {hold.placed_by.name}
                    <small>
                      <Moment at={hold.placed_at} exact />
                    </small>
                  </td>
                  <td>
                    {t(`holds.states.${hold.state}`)}
                    {hold.releases.map((release) => (
                      <small key={release.person.id}>
                        {release.person.name}: {release.reason}
                      </small>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {listed.hasNextPage ? (
        <Button onClick={() => void listed.fetchNextPage()} loading={listed.isFetchingNextPage}>
          {t('holds.more')}
        </Button>
      ) : null}
    </Section>
  );
}
