import { Button, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { isProblem } from '@/api/errors';
import { AskedSensitivity } from '@/shared/forms/asked-sensitivity';
import { ParagraphField } from '@/shared/forms/text-fields';
import { useIntention } from '@/shared/forms/use-intention';
import { useFailureWords } from '@/shared/ui/archive-words';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import { isOddPort, isPrivatePlace } from './private-place';
import styles from './submit.module.css';
import type { Told } from './told';

const PAUSE_MS = 500;

/** One address, one button, and what the submitter knows. */
export function AddressForm({
  url,
  setUrl,
  note,
  setNote,
  sensitivity,
  setSensitivity,
}: Told & { url: string; setUrl: (url: string) => void }) {
  const { t } = useTranslation('submit');
  const navigate = useNavigate();
  const { key, renewing } = useIntention();
  const address = url.trim();
  const sending = useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/submissions', {
          params: { header: { 'idempotency-key': key } },
          body: { url: address, note: note.trim() || null, again: false, project: 'main', sensitivity },
        }),
      ),
    onSuccess: (receipt) => navigate({ to: '/receipts/$submission', params: { submission: receipt.submission } }),
  });
  const lookup = useLookup(address);
  // What the look-up refuses is refused when it is sent, too: it is said while it can still be mended.
  const wrong = [sending.error, lookup.error].find((error) => isProblem(error, 'invalid_url', 'invalid_value')) ?? null;
  const failure = useFailureWords(wrong);
  const send = (event: FormEvent) => {
    event.preventDefault();
    sending.mutate();
  };
  return (
    <form onSubmit={send} className={styles['form']}>
      <TextInput
        label={t('address')}
        description={t('addressHint')}
        placeholder="https://"
        type="url"
        inputMode="url"
        autoCapitalize="off"
        spellCheck={false}
        required
        value={url}
        onChange={(event) => renewing(setUrl)(event.currentTarget.value)}
        error={wrong ? failure.line : null}
      />
      {isPrivatePlace(address) ? <Unasked why="inside" /> : isOddPort(address) ? <Unasked why="oddPort" /> : null}
      {lookup.data?.site ? <Resting site={lookup.data.site} /> : null}
      {lookup.data?.known ? <Earlier known={lookup.data} /> : null}
      <ParagraphField label={t('note')} description={t('noteHint')} value={note} onChange={renewing(setNote)} />
      <AskedSensitivity mayBeKnown value={sensitivity} onChange={renewing(setSensitivity)} />
      {sending.error && sending.error !== wrong ? <FailureMessage error={sending.error} /> : null}
      <Button type="submit" variant="filled" disabled={!address} loading={sending.isPending}>
        {t('send')}
      </Button>
    </form>
  );
}

/** Said before anything is sent, and no hindrance: an installation may have exceptions. */
function Unasked({ why }: { why: 'inside' | 'oddPort' }) {
  const { t } = useTranslation('submit');
  return (
    <div className={styles['known']} data-tone="care" role="status">
      <p>{t(why)}</p>
      <p>{t('insideNext')}</p>
    </div>
  );
}

/** What the archive knows of an address, or has against it, said before anything is sent. */
function useLookup(address: string) {
  const [settled] = useDebouncedValue(address, PAUSE_MS);
  const { data, error } = useQuery({
    queryKey: ['lookup', settled],
    queryFn: () => told(api.POST('/api/v1/lookups', { body: { url: settled } })),
    enabled: /^https?:\/\/[^/]+\../i.test(settled),
    retry: false,
  });
  return settled === address ? { data, error } : { data: undefined, error: null };
}

/** A site that answers badly now: what is handed in waits, and is not lost. */
function Resting({ site }: { site: Schemas['SiteNotice'] }) {
  const { t } = useTranslation('submit');
  return (
    <div className={styles['known']} data-tone="care" role="status">
      <p>
        {t(`site.${site.cause}`, { site: site.name })} {t('site.since')} <Moment at={site.since} exact />.
      </p>
      <p>{t('site.waits')}</p>
    </div>
  );
}

function Earlier({ known }: { known: Schemas['Lookup'] }) {
  const { t } = useTranslation('submit');
  return (
    <div className={styles['known']} role="status">
      {known.last_captured_at ? (
        <p>
          {t('known.captured')} <Moment at={known.last_captured_at} />.
        </p>
      ) : (
        <p>{t('known.waiting')}</p>
      )}
      {known.mine ? (
        <p>
          {t('known.mine')}{' '}
          <Link to="/receipts/$submission" params={{ submission: known.mine.submission }}>
            {t('known.receipt')}
          </Link>
        </p>
      ) : (
        <p>{t('known.still')}</p>
      )}
    </div>
  );
}
