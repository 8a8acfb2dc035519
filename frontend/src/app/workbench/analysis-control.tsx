import { Button, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { itemQuery, meQuery, playbacksOf } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';
import { ParagraphField } from '@/shared/forms/text-fields';
import { useFailureWords } from '@/shared/ui/archive-words';

import styles from './workbench.module.css';

/** Ends the analysis while something of it is owed, begins it again where it was cancelled, and anew where it is old. */
export function AnalysisControl({ item }: { item: Item }) {
  const { data: me } = useQuery(meQuery);
  if (!me || item.erased_at) return null;
  const mayWork = me.roles.some((role) => role === 'reviewer' || role === 'lead');
  const mayRenew = me.roles.some((role) => role === 'lead' || role === 'steward');
  return (
    <>
      {mayWork ? <Halting item={item} /> : null}
      <Renewal item={item} may={mayRenew} />
    </>
  );
}

/** Says which steps an older version has done, and has them done anew by whoever may; not while something is owed. */
function Renewal({ item, may }: { item: Item; may: boolean }) {
  const { t } = useTranslation('workbench');
  const anew = useAnalysis(item.item, () =>
    api.POST('/api/v1/items/{item}/analysis/renewal', { params: { path: { item: item.item } } }),
  );
  const older = new Set(item.steps.filter((step) => step.is_older).map((step) => step.name));
  if (older.size === 0 || item.steps.some((step) => step.is_cancellable)) return null;
  const steps = [...older].map((name) => t(`steps.${name}`, { defaultValue: name })).join(', ');
  return (
    <>
      <span className={styles['dim']}>{t('analysis.older', { steps })}</span>
      {may ? (
        <Button loading={anew.isPending} onClick={() => anew.mutate('')}>
          {t('analysis.anew')}
        </Button>
      ) : null}
      {anew.error ? <Failure error={anew.error} /> : null}
    </>
  );
}

function Halting({ item }: { item: Item }) {
  const { t } = useTranslation('workbench');
  const [asking, setAsking] = useState(false);
  const again = useAnalysis(item.item, () =>
    api.POST('/api/v1/items/{item}/analysis/retry', { params: { path: { item: item.item } } }),
  );
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
  const { line } = useFailureWords(error);
  return (
    <p role="alert" className={styles['bad']}>
      {line}
    </p>
  );
}
