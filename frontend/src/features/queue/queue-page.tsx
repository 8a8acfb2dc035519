import { Button, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { SENSITIVITIES } from '@/shared/lib/sensitivities';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { QueueList } from './queue-list';
import { rememberQueue } from './order';
import { countsQuery, queueQuery } from './queries';
import { ORDERS, type QueueSearch, VIEWS, WORKFLOWS } from './search';
import styles from './queue.module.css';

/** The items that wait for somebody, by view and filter; for reviewers. */
export function QueuePage() {
  const { t } = useTranslation('queue');
  const { data: me } = useQuery(meQuery);
  if (!me || me.may.review) return <Queue />;
  return (
    <StateMessage
      title={t('closed.title')}
      centred
      actions={
        <Link to={me.may.submit ? '/receipts' : '/explore'}>
          {t(me.may.submit ? 'closed.mine' : 'closed.published')}
        </Link>
      }
    >
      <p>{t('closed.next')}</p>
    </StateMessage>
  );
}

function Queue() {
  const { t } = useTranslation('queue');
  const search = useSearch({ from: '/queue' });
  const view = search.view ?? 'unclaimed';
  const items = useInfiniteQuery(queueQuery(search));
  const lines = items.data?.pages.flatMap((page) => page.data) ?? [];
  useEffect(() => rememberQueue(search), [search]);
  useEffect(() => {
    document.title = `${t('title')} · Svidok`;
  }, [t]);
  const isFiltered = Object.keys(search).some((name) => name !== 'view' && name !== 'order');
  return (
    <div className={styles['page']}>
      <header className={styles['head']}>
        <h1>{t('title')}</h1>
        <Link to="/needs">{t('needs')}</Link>
        <Link to="/find">{t('byPicture')}</Link>
        <Views search={search} />
        <Filters key={view} search={search} />
      </header>
      {items.isPending ? <Bones rows={8} height={24} /> : null}
      {items.isError && lines.length === 0 ? (
        <FailureMessage error={items.error} retry={() => void items.refetch()} />
      ) : null}
      {items.isSuccess && lines.length === 0 ? (
        <StateMessage
          title={isFiltered ? t('empty.filtered.title') : t(`empty.${view}.title`)}
          actions={
            isFiltered ? (
              <Link to="/queue" search={search.view ? { view: search.view } : {}}>
                {t('empty.filtered.next')}
              </Link>
            ) : (
              <Link to={view === 'mine' ? '/queue' : '/submit'}>{t(`empty.${view}.next`)}</Link>
            )
          }
        >
          <p>{isFiltered ? t('empty.filtered.says') : t(`empty.${view}.says`)}</p>
        </StateMessage>
      ) : null}
      {lines.length > 0 ? (
        <QueueList
          // Another view or filter begins at its top.
          key={JSON.stringify(search)}
          lines={lines}
          total={items.data?.pages[0]?.count.value ?? lines.length}
          more={items.hasNextPage && !items.isFetchingNextPage ? () => void items.fetchNextPage() : null}
          label={t(`views.${view}`)}
        />
      ) : null}
    </div>
  );
}

function Views({ search }: { search: QueueSearch }) {
  const { t } = useTranslation('queue');
  const { data: counts } = useQuery(countsQuery);
  const { view: current = 'unclaimed', ...filters } = search;
  return (
    <nav aria-label={t('views.label')} className={styles['views']}>
      {VIEWS.map((view) => {
        const count = counts?.[view];
        return (
          <Link
            key={view}
            to="/queue"
            search={{ ...filters, view }}
            aria-current={view === current ? 'page' : undefined}
            data-current={view === current}
          >
            {t(`views.${view}`)}{' '}
            <span className={styles['count']}>
              {count ? `${count.value}${count.relation === 'at_least' ? '+' : ''}` : ''}
            </span>
          </Link>
        );
      })}
    </nav>
  );
}

function Filters({ search }: { search: QueueSearch }) {
  const { t } = useTranslation('queue');
  const navigate = useNavigate({ from: '/queue' });
  const [words, setWords] = useState(search.q ?? '');
  const set = (change: { [name in keyof QueueSearch]?: QueueSearch[name] | undefined }) =>
    void navigate({
      replace: true,
      search: (known) =>
        Object.fromEntries(Object.entries({ ...known, ...change }).filter(([, value]) => value)) as QueueSearch,
    });
  const find = useDebouncedCallback((q: string) => set({ q: q.trim() || undefined }), 300);
  return (
    <search className={styles['filters']}>
      <TextInput
        type="search"
        aria-label={t('filters.words')}
        placeholder={t('filters.words')}
        value={words}
        maxLength={200}
        onChange={(event) => {
          setWords(event.currentTarget.value);
          find(event.currentTarget.value);
        }}
      />
      <Select
        aria-label={t('filters.workflow')}
        placeholder={t('filters.workflow')}
        clearable
        data={WORKFLOWS.map((value) => ({ value, label: t(`workflow.${value}`) }))}
        value={search.workflow ?? null}
        onChange={(value) => set({ workflow: WORKFLOWS.find((one) => one === value) })}
      />
      <Select
        aria-label={t('filters.sensitivity')}
        placeholder={t('filters.sensitivity')}
        clearable
        data={SENSITIVITIES.map((value) => ({ value, label: t(`audience:levels.${value}`) }))}
        value={search.sensitivity ?? null}
        onChange={(value) => set({ sensitivity: SENSITIVITIES.find((one) => one === value) })}
      />
      <Select
        aria-label={t('filters.order')}
        allowDeselect={false}
        data={ORDERS.map((value) => ({ value, label: t(`order.${value}`) }))}
        value={search.order ?? 'newest'}
        onChange={(value) => set({ order: ORDERS.find((one) => one === value && one !== 'newest') })}
      />
      {search.platform ? (
        <Button onClick={() => set({ platform: undefined })}>
          {t('filters.platform', { platform: search.platform })} ×
        </Button>
      ) : null}
    </search>
  );
}
