import { ActionIcon, Button, FileButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { instanceQuery } from '@/api/queries';
import { AskedSensitivity } from '@/shared/forms/asked-sensitivity';
import { ParagraphField } from '@/shared/forms/text-fields';
import { bytesInWords } from '@/shared/lib/bytes';
import { Chosen, DropZone } from '@/shared/ui/drop-zone';
import { IconX } from '@/shared/ui/icons';

import { BegunBefore } from './begun-before';
import { SendingRow } from './sending-row';
import { useSendings } from './sendings';
import styles from './submit.module.css';
import type { Told } from './told';

/** Files somebody has: custody will say "supplied by", never "captured from". A lone one leads on to its receipt. */
export function FileForm({ note, setNote, sensitivity, setSensitivity }: Told) {
  const { t, i18n } = useTranslation('submit');
  const navigate = useNavigate();
  const { data: instance } = useQuery(instanceQuery);
  const [files, setFiles] = useState<File[]>([]);
  const { sendings, rows } = useSendings();
  const limit = instance?.upload_limit_bytes ?? Infinity;
  const fitting = files.filter((file) => file.size > 0 && file.size <= limit);

  const send = (event: FormEvent) => {
    event.preventDefault();
    sendings.add(fitting, { note: note.trim(), sensitivity });
    setFiles([]);
  };
  const only = rows.length === 1 ? rows[0]?.submission : undefined;
  useEffect(() => {
    if (only) void navigate({ to: '/receipts/$submission', params: { submission: only } });
  }, [only, navigate]);

  return (
    <form onSubmit={send} className={styles['form']}>
      <DropZone label={t('file.drop')} onDrop={(dropped) => setFiles([...dropped.files])}>
        <FileButton multiple onChange={setFiles} accept="video/*,audio/*,.mkv,.ts,.m2ts,.flv,.avi">
          {(props) => <Button {...props}>{t('file.choose')}</Button>}
        </FileButton>
        {files.length === 0 ? <p>{t('file.drop')}</p> : null}
        {files.map((file, index) => (
          <Chosen key={`${index} ${file.name}`}>
            {file.name} · {bytesInWords(file.size, i18n.language)}{' '}
            <ActionIcon
              aria-label={t('file.takeOut', { file: file.name })}
              onClick={() => setFiles(files.filter((one) => one !== file))}
            >
              <IconX size={16} />
            </ActionIcon>
            {file.size === 0 ? <p role="alert">{t('file.empty')}</p> : null}
            {file.size > limit ? (
              <p role="alert">{t('file.tooLarge', { limit: bytesInWords(limit, i18n.language) })}</p>
            ) : null}
          </Chosen>
        ))}
      </DropZone>
      <ParagraphField label={t('note')} description={t('noteHint')} value={note} onChange={setNote} />
      <AskedSensitivity mayBeKnown={false} value={sensitivity} onChange={setSensitivity} />
      <Button type="submit" variant="filled" disabled={fitting.length === 0}>
        {t('file.send', { count: Math.max(1, fitting.length) })}
      </Button>
      {rows.length > 0 ? (
        <ul className={styles['sendings']}>
          {rows.map((row) => (
            <SendingRow
              key={row.id}
              row={row}
              pause={() => sendings.pause(row)}
              go={() => sendings.go(row)}
              remove={() => sendings.remove(row)}
            />
          ))}
        </ul>
      ) : (
        <BegunBefore />
      )}
      <p className={styles['foot']}>{t('file.resumes')}</p>
    </form>
  );
}
