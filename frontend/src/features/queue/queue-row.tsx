import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useCaptureAgain } from '@/shared/desk/capture-again';
import { causeOf, endingOf } from '@/shared/desk/ending';
import { useCauses, useFailureWords } from '@/shared/ui/archive-words';
import { DrawnStill } from '@/shared/ui/drawn-still';
import { IconLock } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';

import type { ItemLine } from './queries';
import styles from './queue.module.css';

const MARKS = ['place', 'time', 'unit'] as const;

/** One item in the queue: what it is, where it stands, what is known, who has it. */
export function QueueRow({ line }: { line: ItemLine }) {
  const { t } = useTranslation('queue');
  const title = line.title ?? line.source?.replace(/^https?:\/\/(www\.)?/, '') ?? t('untitled');
  const where = [line.platform, line.account].filter(Boolean).join(', ') || (line.source ? '' : t('supplied'));
  return (
    <article className={styles['row']}>
      <span className={styles['still']}>
        <DrawnStill still={line.still} alt={t('still')} />
      </span>
      <div className={styles['what']}>
        <Link to="/items/$item" params={{ item: line.item }} className={styles['title']} title={title}>
          {title}
        </Link>
        <p className={styles['dim']}>
          <span className={styles['mono']}>{line.item.slice(-6)}</span>
          {where ? ` · ${where}` : null}
        </p>
      </div>
      <Standing line={line} />
      <Marks line={line} />
      <p className={styles['who']}>
        {line.assignee ? line.assignee.name : <span className={styles['dim']}>{t('nobody')}</span>}
        {line.lease ? (
          <span className={styles['dim']}>
            <IconLock size={12} aria-hidden="true" />{' '}
            {line.lease.mine ? t('youEdit') : t('edits', { name: line.lease.holder.name })}
          </span>
        ) : null}
      </p>
      <p className={styles['age']}>
        <Moment at={line.created_at} />
      </p>
    </article>
  );
}

function Standing({ line }: { line: ItemLine }) {
  const { t } = useTranslation('queue');
  const hasFailed = line.outcome !== null && line.outcome !== 'captured' && line.outcome !== 'partial';
  return (
    <div className={styles['standing']}>
      <p>{t(`workflow.${line.workflow}`)}</p>
      {hasFailed ? (
        <Failure line={line} />
      ) : (
        <p className={styles['dim']}>{t(`outcomes.${endingOf(line.outcome ?? 'none', line.supplied)}`)}</p>
      )}
    </div>
  );
}

function Failure({ line }: { line: ItemLine }) {
  const { t } = useTranslation('queue');
  const again = useCaptureAgain(line.item);
  const failure = useFailureWords(again.error);
  const cause = useCauses()(causeOf(line.outcome, line.supplied), line.sentence);
  return (
    <p className={styles['failed']} title={cause.text}>
      <span>{again.error ? failure.title : t(`outcomes.${endingOf(line.outcome ?? 'none', line.supplied)}`)}</span>
      {line.source ? (
        <Button
          size="compact-xs"
          variant="subtle"
          loading={again.isPending}
          disabled={again.isSuccess}
          onClick={() => again.mutate()}
        >
          {again.isSuccess ? t('asked') : t('again')}
        </Button>
      ) : null}
    </p>
  );
}

/** Which of the questions have been spoken to: a word each, with a filled or an empty ring. */
function Marks({ line }: { line: ItemLine }) {
  const { t } = useTranslation('queue');
  return (
    <ul className={styles['marks']} aria-label={t('marks.label')}>
      {MARKS.map((kind) => {
        const has = line.kinds[kind] > 0;
        return (
          <li key={kind} data-has={has}>
            <span className={styles['ring']} aria-hidden="true" />
            {t(`marks.${kind}`)}
            <span className={styles['hidden']}>{has ? t('marks.yes') : t('marks.no')}</span>
          </li>
        );
      })}
      {line.record ? <li data-has>{t('marks.record')}</li> : null}
    </ul>
  );
}
