import { Button, Checkbox, Menu, SegmentedControl } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { useActions } from '@/shared/ui/actions';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { Chips } from './chips';
import { type Column, COLUMNS, shownColumns, USUAL } from './columns';
import { Download } from './download';
import styles from './explore.module.css';
import { FilterForm } from './filter-form';
import { Preview } from './preview';
import { recordsQuery, type Row } from './queries';
import { RecordsGrid } from './records-grid';
import { RecordsTable, useOrdered } from './records-table';
import type { ExploreSearch, Filter } from './search';

const RecordsMap = lazy(async () => ({ default: (await import('./records-map')).RecordsMap }));
const FACES = ['table', 'grid', 'map'] as const;
type Face = (typeof FACES)[number];

/** What was published: one filter, three faces, all of it in the address. */
export function ExplorePage() {
  const { t } = useTranslation('explore');
  const search = useSearch({ from: '/explore' });
  const navigate = useNavigate({ from: '/explore' });
  const { data: me } = useQuery(meQuery);
  const go = useCallback(
    (change: { [name in keyof ExploreSearch]?: ExploreSearch[name] | undefined }, replace = false) =>
      void navigate({ search: (before) => present({ ...before, ...change }), replace }),
    [navigate],
  );
  const found = useInfiniteQuery({ ...recordsQuery(search), placeholderData: keepPreviousData });
  const rows = found.data?.rows ?? NONE;
  const face: Face = search.face ?? 'table';
  const chosen = rows.find((row) => row.record.pid === search.sel) ?? null;
  const choose = (sel: string | undefined) => go({ sel }, true);
  const { fetchNextPage, hasNextPage, isFetching } = found;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  useEffect(() => {
    document.title = `${t('title')} · Svidok`;
  }, [t]);
  useWalk(rows, search, go);
  return (
    <div className={styles['page']} data-choice={chosen !== null}>
      <details className={styles['side']} open={window.matchMedia('(min-width: 900px)').matches}>
        <summary>{t('filter.label')}</summary>
        <FilterForm search={search} onChange={(next) => void navigate({ search: next })} />
      </details>
      <div className={styles['content']}>
        <header className={styles['tools']}>
          <h1>{t('title')}</h1>
          <p role="status" className={styles['count']} data-old={found.isPlaceholderData}>
            {found.data ? t(`count.${found.data.count.relation}`, { count: found.data.count.value }) : ''}
          </p>
          <span className={styles['space']} />
          {me?.may.review ? <Link to="/find">{t('byPicture')}</Link> : null}
          {face === 'table' ? <Columns search={search} go={go} /> : null}
          <Download search={search} disabled={rows.length === 0} />
          <SegmentedControl
            aria-label={t('face')}
            value={face}
            onChange={(to) => go({ face: to === 'grid' || to === 'map' ? to : undefined })}
            data={FACES.map((one) => ({ value: one, label: t(one) }))}
          />
        </header>
        <Chips search={search} onRemove={(filters) => go(without(filters))} />
        {search.sort && hasNextPage && face === 'table' ? (
          <p className={styles['notice']}>
            {t('partlySorted', { count: rows.length })}
            <button type="button" className={styles['plain']} onClick={more}>
              {t('more')}
            </button>
          </p>
        ) : null}
        <Face face={face} found={found} rows={rows} search={search} go={go} choose={choose} more={more} />
      </div>
      {chosen ? <Preview row={chosen} onClose={() => choose(undefined)} /> : null}
    </div>
  );
}

const NONE: readonly Row[] = [];
type Go = (change: { [name in keyof ExploreSearch]?: ExploreSearch[name] | undefined }, replace?: boolean) => void;

/** An address without what is undefined. */
function present(search: { [name in keyof ExploreSearch]?: ExploreSearch[name] | undefined }): ExploreSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

function without(filters: readonly Filter[]): { [name in Filter]?: undefined } {
  return Object.fromEntries(filters.map((name) => [name, undefined]));
}

/** The result in the chosen face, or in words why there is none. */
function Face(props: {
  face: Face;
  found: { isPending: boolean; error: Error | null; hasNextPage: boolean; refetch: () => unknown };
  rows: readonly Row[];
  search: ExploreSearch;
  go: Go;
  choose: (pid: string) => void;
  more: () => void;
}) {
  const { t } = useTranslation('explore');
  const { face, found, rows, search, go, choose, more } = props;
  if (found.error && rows.length === 0)
    return <FailureMessage error={found.error} retry={() => void found.refetch()} />;
  if (found.isPending) return <Bones rows={10} height={20} />;
  if (face === 'map') {
    return (
      <Suspense fallback={<Bones rows={6} />}>
        <RecordsMap
          rows={rows}
          complete={!found.hasNextPage}
          bbox={search.bbox ?? null}
          chosen={search.sel ?? null}
          onChoose={choose}
          onArea={(bbox) => go({ bbox, near: undefined })}
          onMore={more}
        />
      </Suspense>
    );
  }
  if (rows.length === 0) {
    const narrowed = FILTER_NAMES.some((name) => search[name] !== undefined);
    return (
      <StateMessage
        title={narrowed ? t('nothing.title') : t('empty.title')}
        actions={narrowed ? <Button onClick={() => go(without(FILTER_NAMES))}>{t('filter.removeAll')}</Button> : null}
      >
        <p>{narrowed ? t('nothing.next') : t('empty.next')}</p>
      </StateMessage>
    );
  }
  if (face === 'grid') {
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
      <div className={styles['scroller']} tabIndex={0} role="region" aria-label={t('grid')}>
        <RecordsGrid rows={rows} chosen={search.sel ?? null} onChoose={choose} />
        {found.hasNextPage ? (
          <Button className={styles['more'] ?? ''} onClick={more}>
            {t('more')}
          </Button>
        ) : null}
      </div>
    );
  }
  return (
    <RecordsTable
      rows={rows}
      shown={shownColumns(search.columns)}
      sort={search.sort ?? null}
      onSort={(sort) => go({ sort: sort ?? undefined }, true)}
      chosen={search.sel ?? null}
      onChoose={choose}
      onEnd={more}
    />
  );
}

const FILTER_NAMES = ['q', 'unit', 'from', 'to', 'bbox', 'near'] as const;

/** Which columns the table shows. */
function Columns({ search, go }: { search: ExploreSearch; go: Go }) {
  const { t } = useTranslation('explore');
  const shown = shownColumns(search.columns);
  const toggle = (column: Column) => {
    const next = COLUMNS.filter((one) => (one === column ? !shown.includes(one) : shown.includes(one)));
    const usual = next.length === USUAL.length && next.every((one) => USUAL.includes(one));
    if (next.length > 0) go({ columns: usual ? undefined : next.join(',') }, true);
  };
  return (
    <Menu position="bottom-end" closeOnItemClick={false}>
      <Menu.Target>
        <Button>{t('columnsLabel')}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {COLUMNS.map((column) => (
          <Menu.Item
            key={column}
            role="menuitemcheckbox"
            aria-checked={shown.includes(column)}
            onClick={() => toggle(column)}
          >
            <Checkbox.Indicator checked={shown.includes(column)} size="xs" mr="xs" aria-hidden />
            {t(`columns.${column}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Walks through the records by keys, in the order they are shown. */
function useWalk(rows: readonly Row[], search: ExploreSearch, go: Go): void {
  const { t } = useTranslation('explore');
  const navigate = useNavigate();
  const ordered = useOrdered(rows, USUAL, search.face ? null : (search.sort ?? null));
  const step = (by: number) => {
    const at = ordered.findIndex((row) => row.id === search.sel);
    const next = ordered[at < 0 ? 0 : Math.min(ordered.length - 1, Math.max(0, at + by))];
    if (next) go({ sel: next.id }, true);
  };
  const group = t('title');
  useActions([
    { id: 'explore.next', label: t('keys.next'), group, chord: 'KeyJ', repeats: true, run: () => step(1) },
    { id: 'explore.previous', label: t('keys.previous'), group, chord: 'KeyK', repeats: true, run: () => step(-1) },
    {
      id: 'explore.open',
      label: t('keys.open'),
      group,
      chord: 'Enter',
      enabled: search.sel !== undefined,
      run: () => void navigate({ to: '/records/$record', params: { record: search.sel ?? '' } }),
    },
  ]);
}
