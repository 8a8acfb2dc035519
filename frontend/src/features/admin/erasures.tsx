import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './admin.module.css';

/** Every erasure that waits for an answer or was carried out: on what basis, who asked and who agreed. */
export function Erasures() {
  const { t } = useTranslation('admin');
  const listed = useInfiniteQuery({
    queryKey: ['erasures'],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      told(
        api.GET('/api/v1/erasures', { params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } } }),
      ),
    getNextPageParam: (page) => page.page.next ?? null,
  });
  const rows = listed.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section title={t('erasures.title')} hint={t('erasures.hint')}>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones /> : null}
      {listed.data && rows.length === 0 ? (
        <StateMessage title={t('erasures.none')}>
          <p>{t('erasures.noneHint')}</p>
        </StateMessage>
      ) : null}
      {rows.length > 0 ? (
        <div className={styles['scroll']}>
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">{t('erasures.item')}</th>
                <th scope="col">{t('erasures.basis')}</th>
                <th scope="col">{t('erasures.asked')}</th>
                <th scope="col">{t('erasures.answer')}</th>
                <th scope="col">{t('erasures.state')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((erasure) => (
                <tr key={erasure.erasure}>
                  <td>
                    <Link to="/items/$item" params={{ item: erasure.item }}>
                      {erasure.title ?? erasure.item.slice(-8)}
                    </Link>
                  </td>
                  <td>
                    {erasure.basis}
                    <small data-said>{erasure.reason}</small>
                  </td>
                  <td>
                    {erasure.asked_by.name}
                    <small>
                      <Moment at={erasure.asked_at} exact />
                    </small>
                  </td>
                  <td>
                    {erasure.answer ? (
                      <>
                        {erasure.answer.person.name}
                        <small>
                          <Moment at={erasure.answer.made_at} exact />
                        </small>
                      </>
                    ) : null}
                  </td>
                  <td>
                    {t(`erasures.states.${erasure.state}`)}
                    {erasure.done.length > 0 ? (
                      <small>
                        {t('erasures.destroyed', { places: erasure.done.map((one) => one.place).join(', ') })}
                      </small>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {listed.hasNextPage ? (
        <Button onClick={() => void listed.fetchNextPage()} loading={listed.isFetchingNextPage}>
          {t('erasures.more')}
        </Button>
      ) : null}
    </Section>
  );
}
