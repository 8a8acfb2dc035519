import { Button, Progress } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { DigestDiffers, FileChanged } from '@/api/errors';
import { bytesInWords } from '@/shared/lib/bytes';
import { useFailureWords } from '@/shared/ui/archive-words';

import { isUnderWay, type Row } from './sendings';
import styles from './submit.module.css';

/** One file on its way: how far, what to do about it, and where it led. */
export function SendingRow(props: { row: Row; pause: () => void; go: () => void; remove: () => void }) {
  const { t, i18n } = useTranslation('submit');
  const { row } = props;
  const { state, sent } = row.way;
  const percent = Math.floor((row.file.size ? sent / row.file.size : 0) * 100);
  return (
    <li className={styles['sending']} data-state={state}>
      <p className={styles['file']}>
        {row.file.name} · {bytesInWords(row.file.size, i18n.language)}
      </p>
      {isUnderWay(row) ? <Progress value={percent} aria-label={`${t('file.sending')}: ${row.file.name}`} /> : null}
      {state === 'failed' ? (
        <Failure error={row.error} />
      ) : (
        <p role="status">{t(`file.${state === 'sending' ? 'going' : state}`, { percent })}</p>
      )}
      <div className={styles['deeds']}>
        {state === 'sending' || state === 'waiting' ? <Button onClick={props.pause}>{t('file.pause')}</Button> : null}
        {state === 'paused' ? <Button onClick={props.go}>{t('file.go')}</Button> : null}
        {state === 'failed' ? <Button onClick={props.go}>{t('file.again')}</Button> : null}
        {row.submission ? (
          <Link to="/receipts/$submission" params={{ submission: row.submission }}>
            {t('file.receipt')}
          </Link>
        ) : (
          <Button onClick={props.remove}>{t('file.stop')}</Button>
        )}
      </div>
    </li>
  );
}

function Failure({ error }: { error: unknown }) {
  const { t } = useTranslation('submit');
  const words = useFailureWords(error);
  const { expected, found } = error instanceof DigestDiffers ? error : { expected: '', found: '' };
  return (
    <p role="alert">
      {error instanceof DigestDiffers ? t('file.differs', { expected, found }) : null}
      {error instanceof FileChanged ? t('file.changed') : null}
      {error instanceof DigestDiffers || error instanceof FileChanged ? null : words.line}
    </p>
  );
}
