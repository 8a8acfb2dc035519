import { Button, FileButton, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, told } from '@/api/client';
import { AskedSensitivity } from '@/shared/forms/asked-sensitivity';
import { Chosen, DropZone } from '@/shared/ui/drop-zone';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { ListPreview } from './list-preview';
import styles from './submit.module.css';
import type { Told } from './told';

const PAUSE_MS = 500;
const TEMPLATE = 'url,note,sensitivity\r\nhttps://example.org/video,"Where, when, who",restricted\r\n';
const CSV = { 'Content-Type': 'text/csv' };

/** A table or a text with links, as it is sent: the server reads bytes, so that no alphabet is guessed at here. */
interface Content {
  id: string;
  body: Blob;
  name: string | null;
}

const contentOf = (body: Blob, name: string | null): Content => ({ id: onceKey(), body, name });

/** Many links at once: a table or a pasted list, looked at before anything is handed in. */
export function ListForm({
  text,
  setText,
  sensitivity,
  setSensitivity,
}: Pick<Told, 'sensitivity' | 'setSensitivity'> & { text: string; setText: (text: string) => void }) {
  const { t } = useTranslation('submit');
  const navigate = useNavigate();
  const [file, setFile] = useState<Content | null>(null);
  const [typed] = useDebouncedValue(text, PAUSE_MS);
  const [pasted, setPasted] = useState<{ text: string; content: Content } | null>(null);
  if (typed.trim() && pasted?.text !== typed) setPasted({ text: typed, content: contentOf(new Blob([typed]), null) });
  const content = file ?? (typed.trim() && typed === text ? (pasted?.content ?? null) : null);

  const preview = useQuery({
    queryKey: ['list', content?.id, sensitivity],
    queryFn: () =>
      told(
        api.POST('/api/v1/batches/preview', {
          params: { query: { sensitivity } },
          body: content?.body as never,
          bodySerializer: raw,
          headers: CSV,
        }),
      ),
    enabled: content !== null,
    retry: false,
    gcTime: 0,
    staleTime: Infinity,
  });
  const wrong = new Set(preview.data?.wrong.map((one) => one.line));
  const lines = preview.data?.lines.filter((line) => !line.left_out && !wrong.has(line.line)) ?? [];
  const sending = useMutation({
    mutationFn: (chosen: Content) =>
      told(
        api.POST('/api/v1/batches', {
          params: {
            query: { leave_out_wrong: wrong.size > 0, sensitivity },
            header: { 'idempotency-key': `${chosen.id}-${sensitivity}` },
          },
          body: chosen.body as never,
          bodySerializer: raw,
          headers: CSV,
        }),
      ),
    onSuccess: (taken) => navigate({ to: '/batches/$batch', params: { batch: taken.batch } }),
  });
  const choose = (chosen: File | null) => {
    setFile(chosen ? contentOf(chosen, chosen.name) : null);
    setText('');
    sending.reset();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (content) sending.mutate(content);
  };
  const words = { count: lines.length, wrong: wrong.size };
  return (
    <form onSubmit={send} className={styles['form']}>
      <DropZone label={t('list.drop')} onDrop={(dropped) => choose(dropped.files.item(0))}>
        <FileButton onChange={choose} accept=".csv,.tsv,.txt,text/csv,text/plain">
          {(props) => <Button {...props}>{t('list.choose')}</Button>}
        </FileButton>
        <Chosen>{file?.name ?? t('list.drop')}</Chosen>
        <a href={`data:text/csv;charset=utf-8,${encodeURIComponent(TEMPLATE)}`} download="svidok.csv">
          {t('list.template')}
        </a>
      </DropZone>
      <Textarea
        label={t('list.paste')}
        description={t('list.pasteHint')}
        autosize
        minRows={3}
        maxRows={12}
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setFile(null);
          sending.reset();
        }}
      />
      <AskedSensitivity
        mayBeKnown
        description={t('list.sensitivityOf')}
        value={sensitivity}
        onChange={(chosen) => {
          setSensitivity(chosen);
          sending.reset();
        }}
      />
      {content && preview.isPending ? <Bones rows={3} /> : null}
      {content && preview.error ? <FailureMessage error={preview.error} /> : null}
      {content && preview.data ? <ListPreview preview={preview.data} /> : null}
      {sending.error ? <FailureMessage error={sending.error} /> : null}
      <Button type="submit" variant="filled" disabled={!content || lines.length === 0} loading={sending.isPending}>
        {wrong.size > 0 && lines.length > 0 ? t('list.sendGood', words) : t('list.send', words)}
      </Button>
    </form>
  );
}

function raw(body: unknown): BodyInit {
  return body as Blob;
}
