import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { Unreached } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { useFailureWords } from '@/shared/ui/states';

import styles from './source.module.css';

/** Places a hold, or lets go of the one given; says first what that means. */
export function HoldForm({ item, hold, done }: { item: string; hold: Schemas['HoldShown'] | null; done: () => void }) {
  const { t } = useTranslation('source');
  const queries = useQueryClient();
  const [authority, setAuthority] = useState('');
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(onceKey);
  const sending = useMutation({
    mutationFn: () => {
      const header = { 'idempotency-key': key };
      const why = reason.trim();
      return hold
        ? told(
            api.POST('/api/v1/items/{item}/holds/{hold}/releases', {
              params: { path: { item, hold: hold.hold }, header },
              body: { reason: why },
            }),
          )
        : told(
            api.POST('/api/v1/items/{item}/holds', {
              params: { path: { item }, header },
              body: { authority: authority.trim(), reason: why },
            }),
          );
    },
    onSuccess: done,
    onSettled: async (_shown, error) => {
      // Without an answer the same may be asked for once more; it is then the same one.
      if (!(error instanceof Unreached)) setKey(onceKey());
      await Promise.all([
        queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: true }),
        queries.invalidateQueries({ queryKey: ['item', item, 'holds'] }),
        queries.invalidateQueries({ queryKey: ['holds'] }),
      ]);
    },
  });
  const failure = useFailureWords(sending.error);
  const act = hold === null ? 'place' : hold.state === 'release_asked' ? 'confirm' : 'ask';
  return (
    <form
      className={styles['hold']}
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate();
      }}
    >
      <p>{t(`holds.means.${act}`)}</p>
      {hold ? null : (
        <TextInput
          label={t('holds.authority')}
          description={t('holds.authorityHint')}
          required
          maxLength={300}
          value={authority}
          onChange={(event) => setAuthority(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={t('holds.reason')}
        required
        maxLength={10_000}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {sending.error ? <p role="alert" className={styles['bad']}>{`${failure.title}. ${failure.detail}`}</p> : null}
      <div className={styles['address']}>
        <Button
          type="submit"
          variant="filled"
          loading={sending.isPending}
          disabled={!reason.trim() || (hold === null && !authority.trim())}
        >
          {t(`holds.${act}`)}
        </Button>
        <Button onClick={done}>{t('holds.cancel')}</Button>
      </div>
    </form>
  );
}
