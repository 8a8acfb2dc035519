import { Button, FileButton } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Way } from '@/api/resumable';
import { ParagraphField } from '@/shared/forms/text-fields';
import { FailureMessage } from '@/shared/ui/states';

import styles from './needs.module.css';

/** A file for what could not be captured: custody says who supplied it, and never that we captured it. */
export function Supply({ item }: { item: string }) {
  const { t } = useTranslation('needs');
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [note, setNote] = useState('');
  const [way, setWay] = useState<Way | null>(null);
  const sending = useMutation({
    mutationFn: async (chosen: File) => {
      const { sendFile } = await import('@/api/resumable');
      return sendFile(chosen, { note: note.trim(), item }, setWay).submission;
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['needs'] }),
  });
  if (!file) {
    return (
      <FileButton onChange={setFile} accept="video/*,audio/*,.mkv,.ts,.m2ts,.flv,.avi">
        {(props) => <Button {...props}>{t('supply.choose')}</Button>}
      </FileButton>
    );
  }
  return (
    <form
      className={styles['supply']}
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate(file);
      }}
    >
      <p className={styles['file']}>{file.name}</p>
      <p className={styles['dim']}>{t('supply.honest')}</p>
      <ParagraphField
        label={t('supply.note')}
        description={t('supply.noteHint')}
        required
        value={note}
        onChange={setNote}
      />
      {sending.error ? <FailureMessage error={sending.error} /> : null}
      {sending.isPending && way ? (
        <p role="status">{t('supply.sent', { percent: file.size ? Math.round((100 * way.sent) / file.size) : 0 })}</p>
      ) : null}
      <div className={styles['row']}>
        <Button type="submit" variant="filled" loading={sending.isPending} disabled={!note.trim()}>
          {t('supply.send')}
        </Button>
        <Button onClick={() => setFile(null)} disabled={sending.isPending}>
          {t('supply.cancel')}
        </Button>
      </div>
    </form>
  );
}
