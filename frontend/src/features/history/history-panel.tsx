import { Button, Select } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useDesk } from '@/shared/desk/contract';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { type Line, linesOf, wordsOf } from './chain';
import { EventLine } from './event-line';
import styles from './history.module.css';

const LINES = 500;

/** What happened to the item, line by line, from the custody ledger: newest first, the chain checked. */
export function HistoryPanel() {
  const { t } = useTranslation('history');
  const { item } = useDesk();
  const [only, setOnly] = useState<string | null>(null);
  const events = useInfiniteQuery({
    // Every event changes the item, so that a newer item asks for the chain again.
    queryKey: ['item', item.item, 'events', item.changed_at, item.version],
    queryFn: ({ pageParam }) => {
      const query = { limit: LINES, ...(pageParam ? { cursor: pageParam } : {}) };
      return told(api.GET('/api/v1/items/{item}/events', { params: { path: { item: item.item }, query } }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.page.next,
    placeholderData: (known) => known,
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = events;
  useEffect(() => {
    // The newest come first, and a chain is checked from its beginning: all of it is wanted, a page after the other.
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  if (events.isError) return <FailureMessage error={events.error} retry={() => void events.refetch()} />;
  if (!events.data) return <Bones />;
  const lines = linesOf(events.data.pages.flatMap((page) => page.data));
  const types = [...new Set(lines.map((line) => line.type))];
  const shown = lines.filter((line) => only === null || line.type === only).toReversed();
  return (
    <div className={styles['panel']}>
      <header className={styles['head']}>
        <h2>
          {t('title')} <span className={styles['count']}>{events.data.pages[0]?.count.value}</span>
        </h2>
        <Select
          aria-label={t('filter')}
          placeholder={t('all')}
          clearable
          data={types.map((type) => ({ value: type, label: t(`types.${wordsOf(type)}`, { defaultValue: type }) }))}
          value={only}
          onChange={setOnly}
        />
      </header>
      <ChainState lines={lines} whole={!events.hasNextPage} />
      {events.hasNextPage ? (
        <Button loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
          {t('more')}
        </Button>
      ) : null}
      <ol className={styles['list']}>
        {shown.map((line) => (
          <EventLine key={line.seq} line={line} />
        ))}
      </ol>
    </div>
  );
}

function ChainState({ lines, whole }: { lines: readonly Line[]; whole: boolean }) {
  const { t } = useTranslation('history');
  const broken = lines.filter((line) => !line.unbroken).length;
  return (
    <p className={styles['chain']} data-broken={broken > 0} role="status">
      {broken > 0 ? t('broken', { count: broken }) : t(whole ? 'unbroken' : 'unbrokenSoFar', { count: lines.length })}
    </p>
  );
}
