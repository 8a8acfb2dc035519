import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { isProblem, Problem } from '@/api/errors';
import { useLive, type LiveState } from '@/api/live';
import { itemQuery, meQuery, peopleQuery, playbacksOf } from '@/api/queries';
import type { Desk, Item } from '@/shared/desk/contract';

import { type Lease, type LeaseDesk, useLease } from './lease';

type Workflow = Schemas['Workflow'];
type Step = Schemas['Step'];

const GATHER_MS = 300;

export interface Workbench {
  readonly desk: Desk;
  readonly leasing: LeaseDesk;
  readonly live: LiveState;
  /** Where an item in a side state comes back to; null on the road, or while that is not known. */
  readonly cameFrom: Workflow | null;
}

/** All that the page of one item knows and can do; what others do to it comes in by itself. */
export function useWorkbench(item: Item): Workbench {
  const { t, i18n } = useTranslation('workbench');
  const queries = useQueryClient();
  const leasing = useLease(item.item, item.lease);
  const { data: me } = useQuery(meQuery);
  const { data: people } = useQuery(peopleQuery);
  const [cameFrom, setCameFrom] = useState<Workflow | null>(null);
  const { hear, touch, lease } = leasing;

  const renew = useGathered(() => void queries.invalidateQueries({ queryKey: itemQuery(item.item).queryKey }));
  const live = useLive(
    { item: item.item },
    {
      ledger: (body) => {
        setCameFrom((known) => backOf(body, known));
        renew();
      },
      steps: (body) => {
        const steps = body as Step[];
        queries.setQueryData(itemQuery(item.item).queryKey, (known) =>
          known ? { ...known, body: { ...known.body, steps } } : known,
        );
        if (steps.some((step) => step.state === 'done'))
          void queries.invalidateQueries({ queryKey: playbacksOf(item.item) });
      },
      lease: (body) => hear(body as Lease | null),
    },
    renew,
  );

  const say = useSay(item.item, leasing);
  const names = useMemo(() => new Map(people?.map((person) => [person.id, person.name])), [people]);
  const nameOf = useCallback((person: string) => names.get(person) ?? t('somebody'), [names, t]);
  const maySay = me?.roles.some((role) => role === 'reviewer' || role === 'lead') ?? false;
  const locked = whyLocked();
  function whyLocked(): string | null {
    if (!me) return t('locked.loggedOut');
    if (!maySay) return t('locked.role');
    if (!lease || lease.mine) return null;
    const time = new Date(lease.until).toLocaleTimeString(i18n.language, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return t('locked.other', { name: lease.holder.name, time });
  }
  const desk = useMemo(() => ({ item, locked, say, nameOf, touch }), [item, locked, say, nameOf, touch]);
  return { desk, leasing, live, cameFrom };
}

/** Saying: a repetition after a lost answer is the same saying. */
function useSay(item: string, { hear, touch }: LeaseDesk): Desk['say'] {
  const queries = useQueryClient();
  const keys = useRef(new Map<string, string>());
  return useCallback(
    async (assertion) => {
      const words = JSON.stringify(assertion);
      const key = keys.current.get(words) ?? onceKey();
      keys.current.set(words, key);
      touch();
      try {
        const said = await told(
          api.POST('/api/v1/items/{item}/assertions', {
            params: { path: { item }, header: { 'idempotency-key': key } },
            body: assertion,
          }),
        );
        keys.current.delete(words);
        await queries.invalidateQueries({ queryKey: itemQuery(item).queryKey, exact: true });
        return said;
      } catch (error) {
        if (error instanceof Problem && error.status < 500) keys.current.delete(words);
        if (isProblem(error, 'leased') && error.extensions['lease']) hear(error.extensions['lease'] as Lease);
        throw error;
      }
    },
    [item, queries, hear, touch],
  );
}

/** Many calls in a moment become one: the ledger comes line by line when the page opens. */
function useGathered(run: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
    },
    [],
  );
  return () => {
    if (timer.current) clearTimeout(timer.current);
    timer.current = setTimeout(run, GATHER_MS);
  };
}

function backOf(body: unknown, known: Workflow | null): Workflow | null {
  const event = body && typeof body === 'object' && 'event' in body ? (body.event as Record<string, unknown>) : {};
  if (event['type'] !== 'local:workflow change') return known;
  const detail = event['detail'];
  const back = detail && typeof detail === 'object' && 'back' in detail ? detail.back : null;
  return typeof back === 'string' ? (back as Workflow) : null;
}
