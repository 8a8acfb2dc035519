import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { Unreached } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { useDesk } from '@/shared/desk/contract';
import { LineField } from '@/shared/forms/text-fields';
import { momentWords } from '@/shared/lib/moments';
import { Changes, RelativeName } from '@/shared/relative/relative';
import { useFailureWords } from '@/shared/ui/archive-words';
import { DrawnStill } from '@/shared/ui/drawn-still';
import { Moment } from '@/shared/ui/moment';

import { Agreement } from './agreement';
import styles from './copies.module.css';
import type { Match } from './queries';
import { SoundWords } from './sound-words';

const COPIES = { tab: 'copies' } as const;

/** One match: with what, which stretches, how it was changed, and what a reviewer says of it. */
export function MatchCard({
  match,
  isCompared,
  onCompare,
}: {
  match: Match;
  isCompared: boolean;
  onCompare: () => void;
}) {
  const { t } = useTranslation('copies');
  const { other } = match;
  return (
    <article className={styles['card']} data-decided={match.decided?.decision ?? 'open'}>
      <DrawnStill still={other.still} alt={t('still')} />
      <div className={styles['words']}>
        <p className={styles['relation']}>{t(`relations.${match.relation}`)}</p>
        <RelativeName other={other} place={COPIES} />
        <Changes transform={match.transform} />
        <Agreement spans={match.spans} />
        <SoundWords match={match} />
        <Spans match={match} />
        <Decided match={match} />
        <div className={styles['deeds']}>
          <Button variant="default" aria-expanded={isCompared} onClick={onCompare} disabled={match.spans.length === 0}>
            {t(isCompared ? 'compare.close' : 'compare.open')}
          </Button>
          <Decide match={match} />
        </div>
      </div>
    </article>
  );
}

const FEW = 4;

/** "A from 0:12 to 0:47 is B from 0:00 to 0:35", in the order of A; the first few where there are many. */
function Spans({ match }: { match: Match }) {
  const { t } = useTranslation('copies');
  const [all, setAll] = useState(false);
  const shown = all ? match.spans : match.spans.slice(0, FEW);
  return (
    <ul className={styles['spans']}>
      {shown.map((span) => (
        <li key={`${span.a_start_s} ${span.b_start_s}`}>
          {t('span', {
            from: momentWords(span.a_start_s),
            to: momentWords(span.a_end_s),
            otherFrom: momentWords(span.b_start_s),
            otherTo: momentWords(span.b_end_s),
          })}
        </li>
      ))}
      {shown.length < match.spans.length ? (
        <li>
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(true)}>
            {t('moreSpans', { count: match.spans.length - shown.length })}
          </Button>
        </li>
      ) : null}
    </ul>
  );
}

function Decided({ match }: { match: Match }) {
  const { t } = useTranslation('copies');
  if (!match.decided) return <p className={styles['dim']}>{t('decided.nobody')}</p>;
  const { decision, by, at, reason } = match.decided;
  return (
    <p>
      <strong>{t(`decided.${decision}`)}</strong>{' '}
      <span className={styles['dim']}>
        {by.name}, <Moment at={at} exact />
      </span>
      {reason ? ` — ${reason}` : null}
    </p>
  );
}

type Word = Schemas['MatchDecision']['decision'];

/** Confirm, reject, or take that back; a decision is about the bytes and stands after every new analysis. */
function Decide({ match }: { match: Match }) {
  const { t } = useTranslation('copies');
  const { item, locked } = useDesk();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [key, setKey] = useState(onceKey);
  const deciding = useMutation({
    mutationFn: (decision: Word) =>
      told(
        api.POST('/api/v1/items/{item}/matches/decisions', {
          params: { path: { item: item.item }, header: { 'idempotency-key': key } },
          body: {
            original: match.original,
            other_item: match.other.item,
            other_original: match.other_original,
            decision,
            reason: reason.trim(),
          },
        }),
      ),
    onSuccess: async () => {
      setReason('');
      await queries.invalidateQueries({ queryKey: itemQuery(item.item).queryKey });
      await queries.invalidateQueries({ queryKey: ['item', item.item] });
    },
    // Without an answer the same decision may be sent once more; it is then the same one.
    onSettled: (_match, error) => {
      if (!(error instanceof Unreached)) setKey(onceKey());
    },
  });
  const failure = useFailureWords(deciding.error);
  if (locked !== null) return null;
  const words: Word[] = match.decided ? ['undecided'] : ['confirmed', 'rejected'];
  return (
    <>
      {match.decided ? null : (
        <div className={styles['why']}>
          <LineField label={t('decide.reason')} value={reason} onChange={setReason} />
        </div>
      )}
      {words.map((word) => (
        <Button
          key={word}
          variant={word === 'confirmed' ? 'filled' : 'default'}
          loading={deciding.isPending && deciding.variables === word}
          disabled={deciding.isPending}
          onClick={() => deciding.mutate(word)}
        >
          {t(`decide.${word}`)}
        </Button>
      ))}
      {deciding.error ? (
        <p role="alert" className={styles['bad']}>
          {failure.title}
        </p>
      ) : null}
    </>
  );
}
