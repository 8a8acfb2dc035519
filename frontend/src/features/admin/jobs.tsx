import { Button, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './admin.module.css';

type Job = Schemas['JobLine'];
type State = Schemas['JobState'];
const STATES: readonly State[] = ['dead', 'held', 'running', 'ready', 'done'];
const EVERY_MS = 5000;

/** Work that is owed, goes on, or has failed; what failed can be tried again. */
export function Jobs() {
  const { t } = useTranslation('admin');
  const [state, setState] = useState<State>('dead');
  const listed = useInfiniteQuery({
    queryKey: ['jobs', state],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      told(
        api.GET('/api/v1/jobs', {
          params: { query: { state, limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.page.next ?? null,
    refetchInterval: EVERY_MS,
  });
  const rows = listed.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Section title={t('jobs.title')} hint={t('jobs.hint')}>
      <SegmentedControl
        aria-label={t('jobs.state')}
        value={state}
        data={STATES.map((name) => ({ value: name, label: t(`jobs.states.${name}`) }))}
        onChange={(value) => setState(STATES.find((name) => name === value) ?? 'dead')}
      />
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones /> : null}
      {listed.data && rows.length === 0 ? (
        <StateMessage title={t(`jobs.none.${state}`)}>
          <p>{t('jobs.noneHint')}</p>
        </StateMessage>
      ) : null}
      {rows.length > 0 ? (
        <div className={styles['scroll']}>
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">{t('jobs.step')}</th>
                <th scope="col">{t('jobs.item')}</th>
                <th scope="col">{t('jobs.tries')}</th>
                <th scope="col">{t('jobs.said')}</th>
                <th scope="col">{t('jobs.when')}</th>
                <th scope="col">{t('jobs.action')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((job) => (
                <JobRow key={job.job} job={job} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {listed.hasNextPage ? (
        <Button onClick={() => void listed.fetchNextPage()} loading={listed.isFetchingNextPage}>
          {t('jobs.more')}
        </Button>
      ) : null}
    </Section>
  );
}

function JobRow({ job }: { job: Job }) {
  const { t } = useTranslation('admin');
  const queries = useQueryClient();
  const retrying = useMutation({
    mutationFn: () => told(api.POST('/api/v1/jobs/{job}/retry', { params: { path: { job: job.job } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const retriable = job.state === 'dead' || job.state === 'held';
  return (
    <tr>
      <td>{job.step}</td>
      <td data-number>
        <Link to="/items/$item" params={{ item: job.item }}>
          {job.item.slice(-8)}
        </Link>
      </td>
      <td data-number>{job.attempt}</td>
      <td data-said>
        {job.error_sentence ?? '–'}
        <small>{[job.error_class, job.error_code].filter(Boolean).join(' · ')}</small>
        {retrying.error ? <FailureMessage error={retrying.error} /> : null}
      </td>
      <td>
        <Moment at={job.ended_at ?? job.started_at ?? job.run_after} />
      </td>
      <td>
        {retriable ? (
          <Button onClick={() => retrying.mutate()} loading={retrying.isPending}>
            {t('jobs.retry')}
          </Button>
        ) : null}
      </td>
    </tr>
  );
}
