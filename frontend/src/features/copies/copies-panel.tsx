import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useDesk } from '@/shared/desk/contract';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { Compare } from './compare';
import { ComparedLine } from './compared-words';
import styles from './copies.module.css';
import { FamilyLine } from './family-line';
import { MatchCard } from './match-card';
import { PossibleMatches } from './possible';
import { comparedQuery, matchesQuery } from './queries';

/** Where else this recording is: what was found, what was decided of it, and which copy is the earliest known. */
export function CopiesPanel() {
  const { t } = useTranslation('copies');
  const { item } = useDesk();
  const found = useQuery(matchesQuery(item.item, item.changed_at));
  const search = useQuery(comparedQuery(item.item, item.changed_at));
  const [compared, setCompared] = useState<string | null>(null);
  const step = item.steps.findLast((one) => one.name === 'match');
  if (found.isError) return <FailureMessage error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Bones />;
  const rows = found.data.data;
  // Between two turns of the search nothing is concluded from what is not there.
  const isUnfinished = (search.data?.left ?? 0) > 0;
  const shown = rows.find((one) => nameOf(one) === compared);
  return (
    <div className={styles['panel']}>
      <header>
        <h2>
          {t('title')} <span className={styles['dim']}>{rows.length}</span>
        </h2>
        <p className={styles['dim']}>{t('computed')}</p>
        <ComparedLine item={item.item} changed={item.changed_at} />
      </header>
      {rows.length === 0 && !isUnfinished ? <p role="status">{t(step?.state === 'done' ? 'none' : 'notYet')}</p> : null}
      {step?.state === 'done' && !isUnfinished ? null : <PossibleMatches item={item.item} changed={item.changed_at} />}
      {rows.length > 0 ? (
        <FamilyLine
          item={item.item}
          changed={item.changed_at}
          carded={found.data.page.next ? null : new Set(rows.map((one) => one.other.item))}
        />
      ) : null}
      <ul className={styles['list']}>
        {rows.map((match) => (
          <li key={nameOf(match)}>
            <MatchCard
              match={match}
              isCompared={nameOf(match) === compared}
              onCompare={() => setCompared(nameOf(match) === compared ? null : nameOf(match))}
            />
            {shown === match ? <Compare key={nameOf(match)} match={match} /> : null}
          </li>
        ))}
      </ul>
      {found.data.page.next ? <p role="status">{t('cutShort', { count: rows.length })}</p> : null}
    </div>
  );
}

function nameOf(match: { original: string; other: { item: string }; other_original: string }): string {
  return `${match.original} ${match.other.item} ${match.other_original}`;
}
