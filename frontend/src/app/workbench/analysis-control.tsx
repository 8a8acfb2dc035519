import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { itemQuery, meQuery, playbacksOf } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';
import { ParagraphField } from '@/shared/forms/text-fields';
import { useFailureWords } from '@/shared/ui/states';

import styles from './workbench.module.css';

/** Ends the analysis while something of it is owed, and begins it again where it was cancelled. */
export function AnalysisControl({ item }: { item: Item }) {
  const { t } = useTranslation('workbench');
  const { data: me } = useQuery(meQuery);
  const [asking, setAsking] = useState(false);
  const again = useAnalysis(item.item, () =>
    api.POST('/api/v1/items/{item}/analysis/retry', { params: { path: { item: item.item } } }),
  );
  const may = me?.roles.some((role) => role === 'reviewer' || role === 'lead') ?? false;
  if (!may || item.erased_at) return null;
  const isOwed = item.steps.some((step) => step.is_cancellable);
  const wasCancelled = item.steps.some((step) => step.state === 'cancelled');
  return (
    <>
      {isOwed ? <Button onClick={() => setAsking(true)}>{t('analysis.cancel')}</Button> : null}
      {wasCancelled ? (
        <Button loading={again.isPending} onClick={() => again.mutate('')}>
          {t('analysis.again')}
        </Button>
      ) : null}
      {again.error ? <Failure error={again.error} /> : null}
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('analysis.title')}
        closeButtonProps={{ 'aria-label': t('app:close') }}
      >
        <CancelForm item={item.item} done={() => setAsking(false)} />
      </Modal>
    </>
  );
}

function CancelForm({ item, done }: { item: string; done: () => void }) {
  const { t } = useTranslation('workbench');
  const [reason, setReason] = useState('');
  const cancelling = useAnalysis(item, (why) =>
    api.POST('/api/v1/items/{item}/analysis/cancellation', { params: { path: { item } }, body: { reason: why } }),
  );
  const send = (event: FormEvent) => {
    event.preventDefault();
    cancelling.mutate(reason.trim(), { onSuccess: done });
  };
  return (
    <form className={styles['reason']} onSubmit={send}>
      <p>{t('analysis.means')}</p>
      <ParagraphField
        data-autofocus
        required
        label={t('moves.why')}
        description={t('moves.whyHint')}
        value={reason}
        onChange={setReason}
      />
      {cancelling.error ? <Failure error={cancelling.error} /> : null}
      <Button type="submit" variant="filled" loading={cancelling.isPending} disabled={!reason.trim()}>
        {t('analysis.do')}
      </Button>
    </form>
  );
}

/** Asks, and looks at the item anew whatever the answer was. */
function useAnalysis(item: string, ask: (why: string) => Parameters<typeof told>[0]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (why: string) => told(ask(why)),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: true }),
        queries.invalidateQueries({ queryKey: playbacksOf(item) }),
      ]),
  });
}

function Failure({ error }: { error: unknown }) {
  const { title, detail } = useFailureWords(error);
  return <p role="alert" className={styles['bad']}>{`${title}. ${detail}`}</p>;
}
