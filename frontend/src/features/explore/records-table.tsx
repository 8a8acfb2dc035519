import { useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { Cell } from './cells';
import { type Column, COLUMNS, columns, features, isColumn } from './columns';
import styles from './explore.module.css';
import type { Row } from './queries';

interface Props {
  rows: readonly Row[];
  shown: readonly Column[];
  /** A column, with `-` before it the other way round; null is the archive's order. */
  sort: string | null;
  onSort: (sort: string | null) => void;
  chosen: string | null;
  onChoose: (pid: string) => void;
  /** Called when the last rows come into sight. */
  onEnd: () => void;
}

const ROW = 34;

/** The rows in the order the table shows them, which the keys follow too. */
export function useOrdered(rows: readonly Row[], shown: readonly Column[], sort: string | null) {
  const id = sort?.replace('-', '') ?? '';
  return useTable({
    features,
    columns,
    data: rows as Row[],
    getRowId: (row: Row) => row.record.pid,
    state: {
      sorting: isColumn(id) ? [{ id, desc: sort?.startsWith('-') ?? false }] : [],
      columnVisibility: Object.fromEntries(COLUMNS.map((column) => [column, shown.includes(column)])),
    },
  }).getRowModel().rows;
}

/** The found records as a table; only the rows in sight are in the page. */
export function RecordsTable({ rows, shown, sort, onSort, chosen, onChoose, onEnd }: Props) {
  const { t } = useTranslation('explore');
  const scroller = useRef<HTMLDivElement>(null);
  const ordered = useOrdered(rows, shown, sort);
  // oxlint-disable-next-line react/incompatible-library -- what it returns goes to no memoized part
  const virtual = useVirtualizer({
    count: ordered.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
    initialRect: { width: 800, height: 600 },
  });
  const seen = virtual.getVirtualItems();
  const last = seen.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  const place = ordered.findIndex((row) => row.id === chosen);
  useEffect(() => {
    if (place >= 0) virtual.scrollToIndex(place, { align: 'auto' });
    // Only a new choice moves the table, not its scrolling.
  }, [place, virtual]);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by keys
    <div ref={scroller} className={styles['scroller']} tabIndex={0} role="region" aria-label={t('table')}>
      <div role="table" aria-label={t('table')} aria-rowcount={ordered.length + 1} className={styles['table']}>
        <div role="row" aria-rowindex={1} className={styles['header']} data-columns={shown.length}>
          {shown.map((column) => (
            <Heading key={column} column={column} sort={sort} onSort={onSort} />
          ))}
        </div>
        <div role="rowgroup" className={styles['body']} style={{ height: virtual.getTotalSize() }}>
          {seen.map((item) => {
            const row = ordered[item.index];
            if (!row) return null;
            return (
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- J, K and Enter do the same by keys
              <div
                key={row.id}
                ref={virtual.measureElement}
                data-index={item.index}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={row.id === chosen}
                className={styles['row']}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  if (!(event.target instanceof HTMLElement && event.target.closest('a'))) onChoose(row.id);
                }}
              >
                {shown.map((column) => (
                  <div key={column} role="cell" data-column={column} className={styles['cell']}>
                    <Cell column={column} row={row.original} />
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** A column's name, which orders by it: up, down, and back to the archive's order. */
function Heading({ column, sort, onSort }: { column: Column; sort: string | null; onSort: Props['onSort'] }) {
  const { t } = useTranslation('explore');
  const [up, down] = [sort === column, sort === `-${column}`];
  const mark = up ? ' ↑' : down ? ' ↓' : '';
  return (
    <div
      role="columnheader"
      aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}
      data-column={column}
      className={styles['heading']}
    >
      <button type="button" onClick={() => onSort(up ? `-${column}` : down ? null : column)}>
        {t(`columns.${column}`)}
        <span aria-hidden>{mark}</span>
      </button>
    </div>
  );
}
