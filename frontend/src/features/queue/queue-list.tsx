import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { useActions } from '@/shared/ui/actions';
import { useFailures } from '@/shared/ui/archive-words';

import type { ItemLine } from './queries';
import { QueueRow } from './queue-row';
import styles from './queue.module.css';

const ROW_PX = 54;
const PHONE_ROW_PX = 96;
const BEYOND = 8;

/** A long list of which only what is on the screen is in the page; moved through by keys. */
export function QueueList(props: {
  lines: readonly ItemLine[];
  total: number;
  more: (() => void) | null;
  label: string;
}) {
  const { lines, more } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isPhone = useMediaQuery('(max-width: 759px)', false, { getInitialValueInEffect: false });
  // oxlint-disable-next-line react/incompatible-library -- what it returns is read here only, and nothing memoises it
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isPhone ? PHONE_ROW_PX : ROW_PX),
    overscan: BEYOND,
  });
  useEffect(() => rows.measure(), [rows, isPhone]);
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= lines.length - BEYOND * 2) more();
  }, [more, last, lines.length]);
  const [at, move] = useCursor(lines, (index) => rows.scrollToIndex(index));

  return (
    <div ref={scroller} className={styles['scroller']}>
      <ol className={styles['rows']} style={{ height: rows.getTotalSize() }} aria-label={props.label}>
        {shown.map((row) => {
          const line = lines[row.index];
          return line ? (
            <li
              key={line.item}
              aria-setsize={props.total}
              aria-posinset={row.index + 1}
              data-current={row.index === at}
              style={{ height: row.size, transform: `translateY(${row.start}px)` }}
              onPointerDown={() => move(line.item)}
            >
              <QueueRow line={line} />
            </li>
          ) : null;
        })}
      </ol>
    </div>
  );
}

/** The row the keys speak of, and what they do with it: the item's own, wherever a renewed list puts it. */
function useCursor(lines: readonly ItemLine[], show: (index: number) => void): [number, (item: string) => void] {
  const { t } = useTranslation('queue');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const failureOf = useFailures();
  const [chosen, choose] = useState<{ item: string; at: number } | null>(null);
  const found = chosen ? lines.findIndex(({ item }) => item === chosen.item) : -1;
  // A row that has left the list leaves its place to the one that came after it.
  const at = chosen && found < 0 ? Math.min(chosen.at, lines.length - 1) : found;
  const move = (index: number) => {
    const line = lines[index];
    if (line) choose({ item: line.item, at: index });
  };
  const taking = useMutation({
    mutationFn: (item: string) =>
      told(api.PUT('/api/v1/items/{item}/assignee', { params: { path: { item } }, body: { user: me?.id ?? null } })),
    onSuccess: (line) => {
      notifications.show({ message: t('taken', { title: line.title ?? line.item.slice(-6) }) });
      return queries.invalidateQueries({ queryKey: ['queue'] });
    },
    onError: (error) => notifications.show({ color: 'red', message: failureOf(error).line }),
  });
  const go = (by: number) => {
    const next = Math.min(lines.length - 1, Math.max(0, at + by));
    move(next);
    show(next);
  };
  const group = t('title');
  const current = lines[at];
  const open = () => {
    if (current) void navigate({ to: '/items/$item', params: { item: current.item } });
  };
  const next = () => go(1);
  const previous = () => go(-1);
  useActions([
    { id: 'queue.next', label: t('keys.next'), group, chord: 'KeyJ', repeats: true, run: next },
    { id: 'queue.previous', label: t('keys.previous'), group, chord: 'KeyK', repeats: true, run: previous },
    { id: 'queue.down', label: t('keys.next'), group, chord: 'ArrowDown', repeats: true, run: next },
    { id: 'queue.up', label: t('keys.previous'), group, chord: 'ArrowUp', repeats: true, run: previous },
    { id: 'queue.open', label: t('keys.open'), group, chord: 'Enter', enabled: current !== undefined, run: open },
    {
      id: 'queue.take',
      label: t('keys.take'),
      group,
      chord: 'KeyA',
      enabled: current !== undefined && me?.kind === 'user',
      run: () => {
        if (current) taking.mutate(current.item);
      },
    },
  ]);
  return [at, (item) => move(lines.findIndex((line) => line.item === item))];
}
