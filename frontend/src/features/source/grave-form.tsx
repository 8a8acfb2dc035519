import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { onceKey } from '@/api/client';
import { Unreached } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { LineField, ParagraphField } from '@/shared/forms/text-fields';
import { useFailureWords } from '@/shared/ui/archive-words';

import styles from './source.module.css';

/** What somebody says of a step, and the key by which it is taken once. */
export interface Said {
  ground: string;
  reason: string;
  header: { 'idempotency-key': string };
}

export interface Step {
  label: string;
  isMain: boolean;
  isReady?: boolean;
  take: (said: Said) => Promise<unknown>;
}

interface Words {
  label: string;
  description: string;
}

/** Asks for a step that weighs on an item: says first what it means, then on what ground and why. */
export function GraveForm(props: {
  item: string;
  about: 'holds' | 'erasures' | 'audience';
  means: string | null;
  ground: Words | null;
  reason: { label: string; description?: string };
  steps: readonly Step[];
  done: () => void;
  /** Where whoever changes their mind is led elsewhere than whoever is done. */
  cancel?: () => void;
}) {
  const { item, about, means, ground: asksFor, reason: asksWhy, steps, done } = props;
  const { t } = useTranslation('source');
  const queries = useQueryClient();
  const [ground, setGround] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(onceKey);
  const taking = useMutation({
    mutationFn: (step: Step) =>
      step.take({ ground: ground.trim(), reason: reason.trim(), header: { 'idempotency-key': key } }),
    onSuccess: done,
    onSettled: async (_shown, error) => {
      // Without an answer the same may be asked for once more; it is then the same one.
      if (!(error instanceof Unreached)) setKey(onceKey());
      await Promise.all([
        // A hold changes the item and nothing of what is shown of it; an erasure changes everything.
        queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: about === 'holds' }),
        queries.invalidateQueries({ queryKey: ['item', item, about] }),
        queries.invalidateQueries({ queryKey: [about] }),
      ]);
    },
  });
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // It opens below what is on the screen: whoever asked for it is led there, also by keyboard and screen reader.
    form.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus({ preventScroll: true });
    form.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const failure = useFailureWords(taking.error);
  const isReady = Boolean(reason.trim()) && (asksFor === null || Boolean(ground.trim()));
  const send = (event: FormEvent) => {
    // Only a first word is taken by the Enter key; nobody answers or erases by it.
    event.preventDefault();
    if (asksFor && isReady && steps[0]) taking.mutate(steps[0]);
  };
  return (
    <form ref={form} className={styles['grave']} onSubmit={send}>
      {means ? <p>{means}</p> : null}
      {asksFor ? <LineField {...asksFor} data-autofocus required value={ground} onChange={setGround} /> : null}
      <ParagraphField
        {...asksWhy}
        data-autofocus={asksFor ? undefined : true}
        required
        value={reason}
        onChange={setReason}
      />
      {taking.error ? (
        <p role="alert" className={styles['bad']}>
          {failure.line}
        </p>
      ) : null}
      <div className={styles['deeds']}>
        {steps.map((step) => (
          <Button
            key={step.label}
            variant={step.isMain ? 'filled' : 'default'}
            loading={taking.isPending && taking.variables === step}
            disabled={!isReady || step.isReady === false || taking.isPending}
            onClick={() => taking.mutate(step)}
          >
            {step.label}
          </Button>
        ))}
        <Button onClick={props.cancel ?? done}>{t('cancel')}</Button>
      </div>
    </form>
  );
}
