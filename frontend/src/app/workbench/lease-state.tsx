import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { useFailureWords } from '@/shared/ui/archive-words';
import { IconLock } from '@/shared/ui/icons';

import type { LeaseDesk } from './lease';
import styles from './workbench.module.css';

/** Who is editing, until when, and what can be done about it. */
export function LeaseState({
  leasing,
  locked,
  isLead,
}: {
  leasing: LeaseDesk;
  locked: string | null;
  isLead: boolean;
}) {
  const { t, i18n } = useTranslation('workbench');
  const { lease } = leasing;
  const asking = useMutation({ mutationFn: leasing.ask });
  const taking = useMutation({ mutationFn: leasing.takeOver });
  const leaving = useMutation({ mutationFn: leasing.giveUp });
  const failure = asking.error ?? taking.error ?? leaving.error;
  if (!lease) return locked ? <p className={styles['lease']}>{locked}</p> : null;
  const time = new Date(lease.until).toLocaleTimeString(i18n.language, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (
    <div className={styles['lease']} role="status">
      {lease.mine ? (
        <>
          <span className={styles['mine']}>{t('lease.mine', { time })}</span>
          {lease.asked_by ? (
            <span className={styles['care']}>{t('lease.wanted', { name: lease.asked_by.name })}</span>
          ) : null}
          <Button variant="subtle" color="gray" onClick={() => leaving.mutate()}>
            {t('lease.giveUp')}
          </Button>
        </>
      ) : (
        <>
          <span className={styles['care']}>
            <IconLock size={14} aria-hidden="true" /> {t('lease.other', { name: lease.holder.name, time })}
          </span>
          {locked ? (
            <Button disabled={asking.isSuccess} onClick={() => asking.mutate()}>
              {asking.isSuccess ? t('lease.asked') : t('lease.ask')}
            </Button>
          ) : null}
          {isLead ? <Button onClick={() => taking.mutate()}>{t('lease.takeOver')}</Button> : null}
        </>
      )}
      {failure ? <Failure error={failure} /> : null}
    </div>
  );
}

/** A minute before one's own lease ends: a word, and the way to go on. */
export function LeaseReminder({ leasing }: { leasing: LeaseDesk }) {
  const { t } = useTranslation('workbench');
  const { endsInMs, isUnsure } = leasing;
  if (endsInMs === null && !isUnsure) return null;
  return (
    <div className={styles['reminder']} role="alert">
      {isUnsure ? <p>{t('lease.unreached')}</p> : null}
      {endsInMs === null ? null : <p>{t('lease.ending', { count: Math.max(1, Math.round(endsInMs / 1000)) })}</p>}
      <Button onClick={leasing.touch}>{t('lease.goOn')}</Button>
    </div>
  );
}

function Failure({ error }: { error: unknown }) {
  const { line } = useFailureWords(error);
  return <span className={styles['bad']}>{line}</span>;
}
