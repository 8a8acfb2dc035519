import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { Unreached } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { useFailureWords } from '@/shared/ui/states';

import styles from './source.module.css';

/** Asks that the item is erased, or answers who asked; says first what that means. */
export function ErasureForm({
  item,
  erasure,
  done,
}: {
  item: string;
  erasure: Schemas['ErasureShown'] | null;
  done: () => void;
}) {
  const { t } = useTranslation('source');
  const queries = useQueryClient();
  const [basis, setBasis] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(onceKey);
  const sending = useMutation({
    mutationFn: (agree: boolean) => {
      const header = { 'idempotency-key': key };
      const why = reason.trim();
      return erasure
        ? told(
            api.POST('/api/v1/items/{item}/erasures/{erasure}/answer', {
              params: { path: { item, erasure: erasure.erasure }, header },
              body: { agree, reason: why },
            }),
          )
        : told(
            api.POST('/api/v1/items/{item}/erasures', {
              params: { path: { item }, header },
              body: { basis: basis.trim(), reason: why },
            }),
          );
    },
    onSuccess: (_shown, agreed) => {
      // What pages still know of the item is not to be looked at again.
      if (erasure && agreed) queries.removeQueries({ queryKey: ['item', item], type: 'inactive' });
      done();
    },
    onSettled: async (_shown, error) => {
      // Without an answer the same may be asked for once more; it is then the same one.
      if (!(error instanceof Unreached)) setKey(onceKey());
      await Promise.all([
        queries.invalidateQueries({ queryKey: itemQuery(item).queryKey }),
        queries.invalidateQueries({ queryKey: ['item', item, 'erasures'] }),
        queries.invalidateQueries({ queryKey: ['erasures'] }),
      ]);
    },
  });
  const failure = useFailureWords(sending.error);
  const isReady = Boolean(reason.trim()) && (erasure !== null || Boolean(basis.trim()));
  return (
    <form
      className={styles['hold']}
      onSubmit={(event) => {
        // Only asking is done by the Enter key; nobody erases by it.
        event.preventDefault();
        if (!erasure) sending.mutate(false);
      }}
    >
      {erasure?.yours ? null : <p>{t(erasure ? 'erasures.means.answer' : 'erasures.means.ask')}</p>}
      {erasure ? null : (
        <TextInput
          label={t('erasures.basis')}
          description={t('erasures.basisHint')}
          required
          maxLength={300}
          value={basis}
          onChange={(event) => setBasis(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={t('erasures.reason')}
        description={t('erasures.reasonHint')}
        required
        maxLength={10_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {sending.error ? <p role="alert" className={styles['bad']}>{`${failure.title}. ${failure.detail}`}</p> : null}
      <div className={styles['address']}>
        {erasure === null ? (
          <Button type="submit" variant="filled" loading={sending.isPending} disabled={!isReady}>
            {t('erasures.ask')}
          </Button>
        ) : null}
        {erasure && !erasure.yours ? (
          <Button variant="filled" loading={sending.isPending} disabled={!isReady} onClick={() => sending.mutate(true)}>
            {t('erasures.agree')}
          </Button>
        ) : null}
        {erasure ? (
          <Button loading={sending.isPending} disabled={!isReady} onClick={() => sending.mutate(false)}>
            {t(erasure.yours ? 'erasures.takeBack' : 'erasures.refuse')}
          </Button>
        ) : null}
        <Button onClick={done}>{t('erasures.cancel')}</Button>
      </div>
    </form>
  );
}
