import { Button, Checkbox } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { AskedSensitivity } from '@/shared/forms/asked-sensitivity';
import { ParagraphField } from '@/shared/forms/text-fields';
import { useIntention } from '@/shared/forms/use-intention';
import type { Sensitivity } from '@/shared/lib/sensitivities';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './receipt.module.css';

/** What a channel or playlist lists: somebody ticks what is to be taken; nothing is by itself. */
export function Listing({ submission }: { submission: string }) {
  const { t } = useTranslation('receipt');
  const asked = useQuery({
    queryKey: ['listing', submission],
    queryFn: () => told(api.GET('/api/v1/submissions/{submission}/listing', { params: { path: { submission } } })),
  });
  return (
    <Section title={asked.data?.title ?? t('listing.title')} hint={t('listing.hint')}>
      {asked.error ? <FailureMessage error={asked.error} retry={() => void asked.refetch()} /> : null}
      {asked.isPending ? <Bones /> : null}
      {asked.data ? <Picker submission={submission} listing={asked.data} /> : null}
    </Section>
  );
}

function Picker({ submission, listing }: { submission: string; listing: Schemas['ChannelListing'] }) {
  const { t } = useTranslation('receipt');
  const navigate = useNavigate();
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [note, setNote] = useState('');
  const [sensitivity, setSensitivity] = useState<Sensitivity>('restricted');
  const { key, renewing } = useIntention();
  const sending = useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/submissions/{submission}/listing/batch', {
          params: { path: { submission }, header: { 'idempotency-key': key } },
          body: { numbers: [...picked], note: note.trim() || null, project: 'main', sensitivity },
        }),
      ),
    onSuccess: (taken) => navigate({ to: '/batches/$batch', params: { batch: taken.batch } }),
  });
  const choose = renewing<ReadonlySet<number>>(setPicked);
  const tick = (number: number, on: boolean) => {
    const chosen = new Set(picked);
    if (on) chosen.add(number);
    else chosen.delete(number);
    choose(chosen);
  };
  const fresh = listing.entries.filter((entry) => !entry.known).slice(0, listing.most_picked);
  const tooMany = picked.size > listing.most_picked;
  const send = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <form onSubmit={send} className={styles['listing']}>
      <p role="status">
        {t('listing.picked', { picked: picked.size, count: listing.entries.length, most: listing.most_picked })}{' '}
        {listing.more ? t('listing.more', { shown: listing.entries.length, all: listing.count ?? '?' }) : null}
      </p>
      <div className={styles['deeds']}>
        <Button onClick={() => choose(new Set(fresh.map((entry) => entry.number)))} disabled={fresh.length === 0}>
          {t('listing.tickNew', { count: fresh.length })}
        </Button>
        <Button onClick={() => choose(new Set())} disabled={picked.size === 0}>
          {t('listing.none')}
        </Button>
      </div>
      <ul className={styles['entries']}>
        {listing.entries.map((entry) => (
          <li key={entry.number}>
            <Checkbox
              label={entry.title ?? entry.url}
              description={[entry.published_at?.slice(0, 10), lengthOf(entry.duration_s), entry.url]
                .filter(Boolean)
                .join(' · ')}
              checked={picked.has(entry.number)}
              onChange={(event) => tick(entry.number, event.currentTarget.checked)}
            />
            {entry.mine ? (
              <Link to="/receipts/$submission" params={{ submission: entry.mine }}>
                {t('listing.mine')}
              </Link>
            ) : entry.known ? (
              <small>{t('listing.known')}</small>
            ) : null}
          </li>
        ))}
      </ul>
      <ParagraphField label={t('listing.note')} value={note} onChange={renewing(setNote)} />
      <AskedSensitivity mayBeKnown value={sensitivity} onChange={renewing(setSensitivity)} />
      {tooMany ? <p role="alert">{t('listing.tooMany', { most: listing.most_picked })}</p> : null}
      {sending.error ? <FailureMessage error={sending.error} /> : null}
      <Button type="submit" variant="filled" disabled={picked.size === 0 || tooMany} loading={sending.isPending}>
        {t('listing.send', { count: picked.size })}
      </Button>
    </form>
  );
}

function lengthOf(seconds: number | null): string | null {
  if (seconds === null) return null;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
