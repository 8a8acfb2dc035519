import { Button, SegmentedControl } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { usePages } from '@/api/pages';
import { Cause } from '@/shared/ui/cause';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import styles from './admin.module.css';
import { PagedTable } from './paged-table';

type Job = Schemas['JobLine'];
type State = Schemas['JobState'];
const STATES: readonly State[] = ['dead', 'held', 'running', 'ready', 'cancelled', 'done'];
const EVERY_MS = 5000;

/** Work that is owed, goes on, or has failed; what failed can be tried again. */
export function Jobs() {
  const { t } = useTranslation('admin');
  const [state, setState] = useState<State>('dead');
  const pages = usePages(
    ['jobs', state],
    (query) => told(api.GET('/api/v1/jobs', { params: { query: { state, ...query } } })),
    EVERY_MS,
  );
  return (
    <PagedTable
      name="jobs"
      none={`jobs.none.${state}`}
      columns={['step', 'item', 'tries', 'said', 'when', 'action']}
      pages={pages}
      above={
        <div className={styles['scrolls']}>
          <SegmentedControl
            aria-label={t('jobs.state')}
            value={state}
            data={STATES.map((name) => ({ value: name, label: t(`jobs.states.${name}`) }))}
            onChange={(value) => setState(STATES.find((name) => name === value) ?? 'dead')}
          />
        </div>
      }
    >
      {pages.rows.map((job) => (
        <JobRow key={job.job} job={job} />
      ))}
    </PagedTable>
  );
}

function JobRow({ job }: { job: Job }) {
  const { t } = useTranslation(['admin', 'receipt']);
  const queries = useQueryClient();
  const retrying = useMutation({
    mutationFn: () => told(api.POST('/api/v1/jobs/{job}/retry', { params: { path: { job: job.job } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['jobs'] }),
  });
  const retriable = ['dead', 'held', 'cancelled'].includes(job.state);
  return (
    <tr>
      <td data-said>{t(`receipt:deeds.${job.step}`, { defaultValue: job.step })}</td>
      <td data-number>
        <Link to="/items/$item" params={{ item: job.item }}>
          {job.item.slice(-8)}
        </Link>
      </td>
      <td data-number>{job.attempt}</td>
      <td data-said>
        <Told job={job} />
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

/** What a job waits for, or what its last try met; the codes are for looking it up in the log. */
function Told({ job }: { job: Job }) {
  const { t } = useTranslation(['admin', 'receipt']);
  if (job.waits_for) return t('receipt:waitsFor', { site: job.waits_for });
  if (!job.error_class) return '–';
  return (
    <>
      <Cause code={job.error_code} sentence={job.error_sentence} />
      <small>
        {t(`jobs.classes.${job.error_class}`)} {job.error_code ? <code>{job.error_code}</code> : null}
      </small>
    </>
  );
}
