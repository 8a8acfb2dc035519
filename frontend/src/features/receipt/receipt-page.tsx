import { Progress } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { type LiveState, useLive } from '@/api/live';
import { meQuery } from '@/api/queries';
import { causeOf, endingOf } from '@/shared/desk/ending';
import { Cause } from '@/shared/ui/cause';
import { IconAlert, IconCheck, IconClock, IconMinus, IconX } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { Page, Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './receipt.module.css';

const Listing = lazy(() => import('./listing').then((room) => ({ default: room.Listing })));

type Receipt = Schemas['Receipt'];
type PlainStep = Schemas['PlainStep'];

/** What becomes of a submission, while it happens: every step, what is safe already, and what to do when it failed. */
export function ReceiptPage() {
  const { t } = useTranslation('receipt');
  const { submission } = useParams({ from: '/receipts/$submission' });
  const queries = useQueryClient();
  const key = ['receipt', submission];
  const {
    data: receipt,
    error,
    refetch,
  } = useQuery({
    queryKey: key,
    queryFn: () => told(api.GET('/api/v1/submissions/{submission}', { params: { path: { submission } } })),
  });
  const live = useLive(
    receipt && !receipt.settled ? { submission } : null,
    { receipt: (body) => queries.setQueryData(key, body as Receipt) },
    () => void refetch(),
  );
  if (error) return <FailureMessage error={error} retry={() => void refetch()} centred />;
  if (!receipt) return <Bones />;
  return (
    <Page title={t('title')} width="narrow">
      <Standing receipt={receipt} live={live} />
      {receipt.steps.length > 0 && !receipt.lists ? (
        <Section title={t('steps')}>
          <ol className={styles['steps']}>
            {receipt.steps.map((step) => (
              <StepLine key={step.name} step={step} />
            ))}
          </ol>
        </Section>
      ) : null}
      {receipt.lists ? (
        <Suspense fallback={<Bones />}>
          <Listing submission={receipt.submission} />
        </Suspense>
      ) : null}
      <Next receipt={receipt} />
      <Section title={t('reference')} hint={t('referenceHint')}>
        <p className={styles['mono']}>{receipt.submission}</p>
      </Section>
    </Page>
  );
}

function Standing({ receipt, live }: { receipt: Receipt; live: LiveState }) {
  const { t } = useTranslation('receipt');
  const { outcome } = receipt;
  const safe = outcome === 'captured' || outcome === 'partial';
  const tone = safe ? 'good' : outcome && !receipt.lists ? 'bad' : 'going';
  const words = receipt.lists ? 'listing.standing' : `outcomes.${endingOf(outcome ?? '', receipt.supplied)}`;
  return (
    <div className={styles['standing']} data-tone={tone} role="status" aria-live="polite">
      <h2>{outcome ? t(`${words}.title`) : t('going')}</h2>
      <p>{outcome ? t(`${words}.sentence`) : t('goingSentence')}</p>
      {receipt.site ? (
        <p>
          {t(`site.${receipt.site.cause}`, { site: receipt.site.name })} {t('site.since')}{' '}
          <Moment at={receipt.site.since} exact />.{' '}
          {receipt.site.until ? (
            <>
              {t('site.again')} <Moment at={receipt.site.until} />.{' '}
            </>
          ) : null}
          {t('site.waits')}
        </p>
      ) : null}
      {receipt.share ? (
        <p>
          {t('site.share', { site: receipt.share.name, count: receipt.share.an_hour })}{' '}
          <Moment at={receipt.share.next_at} />. {t('site.waits')}
        </p>
      ) : null}
      {receipt.cut_short ? <p>{t('cutShort')}</p> : null}
      <Known receipt={receipt} />
      <Asked receipt={receipt} />
      {safe && !receipt.settled ? <p>{t('looking')}</p> : null}
      {live === 'lost' && !receipt.settled ? <p>{t('lost')}</p> : null}
    </div>
  );
}

/** That the very same file was here before, as far as its sender may know. */
function Known({ receipt: { same_file: item, sent_before: submission } }: { receipt: Receipt }) {
  const { t } = useTranslation('receipt');
  if (item) {
    return (
      <p>
        {t('known.item')}{' '}
        <Link to="/items/$item" params={{ item }}>
          {t('known.openItem')}
        </Link>
      </p>
    );
  }
  if (!submission) return null;
  return (
    <p>
      {t('known.sent')}{' '}
      <Link to="/receipts/$submission" params={{ submission }}>
        {t('known.openSent')}
      </Link>
    </p>
  );
}

/** Whom it was to be for; a wish that only reviewers can fulfil is not told as if it were done. */
function Asked({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation('audience');
  const { data: me } = useQuery(meQuery);
  const isWish = receipt.joined && !me?.may.review;
  return (
    <p>
      {t('asked', { level: t(`levels.${receipt.sensitivity}`) })}{' '}
      {receipt.sensitivity === 'sealed' ? t(isWish ? 'wished' : 'hints.sealed') : null}
    </p>
  );
}

function StepLine({ step }: { step: PlainStep }) {
  const { t } = useTranslation('receipt');
  const share = step.progress ?? null;
  const state = step.lacks ? (`lacks_${step.lacks}` as const) : step.state;
  return (
    <li data-state={state}>
      <span className={styles['sign']} aria-hidden>
        {SIGNS[state]}
      </span>
      <span>
        {t(`deeds.${step.name}`, { defaultValue: step.name })}
        <small>
          {step.waits_for ? t('waitsFor', { site: step.waits_for }) : t(`states.${state}`)}
          {step.state === 'running' && share !== null ? ` · ${Math.round(share * 100)} %` : ''}
          {step.seconds ? ` · ${t('seconds', { count: Math.max(1, Math.round(step.seconds)) })}` : ''}
        </small>
        {step.state === 'running' && share !== null ? (
          <Progress size="xs" value={share * 100} aria-label={t(`deeds.${step.name}`, { defaultValue: step.name })} />
        ) : null}
      </span>
    </li>
  );
}

const SIGNS = {
  ready: <IconClock size={16} />,
  running: <IconClock size={16} />,
  done: <IconCheck size={16} />,
  dead: <IconX size={16} />,
  held: <IconAlert size={16} />,
  cancelled: <IconX size={16} />,
  lacks_model: <IconMinus size={16} />,
  lacks_program: <IconMinus size={16} />,
} as const;

function Next({ receipt }: { receipt: Receipt }) {
  const { t } = useTranslation('receipt');
  const { data: me } = useQuery(meQuery);
  const kept = receipt.outcome === 'captured' || receipt.outcome === 'partial';
  const failed = receipt.outcome && !kept && !receipt.lists;
  const unread = receipt.outcome === 'partial' && receipt.supplied;
  return (
    <Section title={t('next')}>
      <ul className={styles['next']}>
        {receipt.outcome && (failed || unread) ? (
          <li>{t(`outcomes.${endingOf(receipt.outcome, receipt.supplied)}.next`)}</li>
        ) : null}
        {receipt.cut_short ? <li>{t('outcomes.partial.next')}</li> : null}
        {failed || unread ? (
          <li>
            <Cause code={causeOf(receipt.outcome ?? null, receipt.supplied)} sentence={receipt.sentence} />
          </li>
        ) : null}
        {receipt.item && me?.may.review ? (
          <li>
            <Link to="/items/$item" params={{ item: receipt.item }}>
              {t('open')}
            </Link>
          </li>
        ) : null}
        <li>
          <Link to="/submit">{failed && !receipt.supplied ? t('upload') : t('another')}</Link>
        </li>
        <li>
          <Link to="/receipts">{t('all')}</Link>
        </li>
      </ul>
    </Section>
  );
}
