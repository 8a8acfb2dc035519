import { Button, FileButton, Progress, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type DragEvent, type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { onceKey, type Schemas, upload } from '@/api/client';
import { instanceQuery } from '@/api/queries';
import { bytesInWords } from '@/shared/lib/bytes';
import { FailureMessage } from '@/shared/ui/states';

import styles from './submit.module.css';

/** A file somebody has: custody will say "supplied by", never "captured from". */
export function FileForm({ note, setNote }: { note: string; setNote: (note: string) => void }) {
  const { t, i18n } = useTranslation('submit');
  const navigate = useNavigate();
  const { data: instance } = useQuery(instanceQuery);
  const [file, setFile] = useState<File | null>(null);
  const [over, setOver] = useState(false);
  const [once, setOnce] = useState(onceKey);
  const [share, setShare] = useState<number | null>(null);
  const [stop, setStop] = useState<(() => void) | null>(null);
  const [error, setError] = useState<unknown>(null);
  const limit = instance?.upload_limit_bytes ?? Infinity;
  const tooLarge = file !== null && file.size > limit;

  const choose = (chosen: File | null) => {
    setFile(chosen);
    setOnce(onceKey());
    setError(null);
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    choose(event.dataTransfer.files.item(0));
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!file) return;
    setError(null);
    setShare(0);
    const sent = upload(file, { name: file.name, note: note.trim(), once }, setShare);
    setStop(() => sent.stop);
    try {
      const receipt = (await sent.answer) as Schemas['Receipt'];
      await navigate({ to: '/receipts/$submission', params: { submission: receipt.submission } });
    } catch (failure) {
      if (!(failure instanceof DOMException)) setError(failure);
    } finally {
      setShare(null);
      setStop(null);
    }
  };

  return (
    <form onSubmit={(event) => void send(event)} className={styles['form']}>
      {/* Dropping is a second way only: the button inside does the same by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        className={styles['drop']}
        data-over={over}
        role="group"
        aria-label={t('file.drop')}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <FileButton onChange={choose} accept="video/*,audio/*,.mkv,.ts,.m2ts,.flv,.avi">
          {(props) => <Button {...props}>{t('file.choose')}</Button>}
        </FileButton>
        {file ? (
          <p className={styles['file']}>
            {file.name} · {bytesInWords(file.size, i18n.language)}
          </p>
        ) : (
          <p>{t('file.drop')}</p>
        )}
        {tooLarge ? <p role="alert">{t('file.tooLarge', { limit: bytesInWords(limit, i18n.language) })}</p> : null}
      </div>
      <Textarea
        label={t('note')}
        description={t('noteHint')}
        maxLength={10_000}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {share !== null ? (
        <div className={styles['progress']}>
          <Progress value={share * 100} aria-label={t('file.sending')} />
          <span>{share < 1 ? t('file.sent', { percent: Math.floor(share * 100) }) : t('file.sealing')}</span>
          {stop ? <Button onClick={stop}>{t('file.stop')}</Button> : null}
        </div>
      ) : null}
      {error ? <FailureMessage error={error} /> : null}
      <Button type="submit" variant="filled" disabled={!file || tooLarge || share !== null}>
        {t('file.send')}
      </Button>
    </form>
  );
}
