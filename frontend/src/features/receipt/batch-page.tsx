import { Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Page } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './receipt.module.css';

const LOOK_EVERY_MS = 4000;

/** What becomes of a list that was handed in as one, line by line. */
export function BatchPage() {
  const { t } = useTranslation('receipt');
  const { batch } = useParams({ from: '/batches/$batch' });
  const asked = useQuery({
    queryKey: ['batch', batch],
    queryFn: () => told(api.GET('/api/v1/batches/{batch}', { params: { path: { batch } } })),
    refetchInterval: ({ state }) =>
      state.data && state.data.settled < state.data.lines.length ? LOOK_EVERY_MS : false,
  });
  if (asked.error) return <FailureMessage error={asked.error} retry={() => void asked.refetch()} centred />;
  if (!asked.data) return <Bones />;
  const { lines, settled, captured, origin } = asked.data;
  const failed = lines.filter(({ receipt }) => receipt.settled && !isKept(receipt.outcome)).length;
  return (
    <Page title={t('batch.title', { count: lines.length })} actions={<Link to="/submit">{t('another')}</Link>}>
      <div
        className={styles['standing']}
        data-tone={settled < lines.length ? 'going' : failed ? 'bad' : 'good'}
        role="status"
      >
        <h2>{t('batch.kept', { captured, count: lines.length })}</h2>
        <p>
          {settled < lines.length ? t('goingSentence') : null} {failed ? t('batch.failed', { count: failed }) : null}
        </p>
        {origin ? (
          <p className={styles['mono']}>
            {t('batch.origin')} {origin}
          </p>
        ) : null}
        <Progress value={(settled / lines.length) * 100} aria-label={t('batch.progress')} />
      </div>
      <ul className={styles['list']}>
        {lines.map(({ line, receipt }) => (
          <li key={receipt.submission}>
            <Link to="/receipts/$submission" params={{ submission: receipt.submission }}>
              {receipt.url}
            </Link>
            <span className={styles['state']}>
              {receipt.outcome ? t(`outcomes.${receipt.outcome}.title`) : t('going')}
            </span>
            <small>
              {t('batch.line', { line })}
              {receipt.note ? ` · ${receipt.note}` : ''}
            </small>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function isKept(outcome: string | null): boolean {
  return outcome === 'captured' || outcome === 'partial';
}
