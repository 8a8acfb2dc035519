import { useCallback, useEffect, useRef, useState } from 'react';

import { api, type Schemas, told } from '@/api/client';
import { isProblem } from '@/api/errors';

export type Lease = Schemas['Lease'];

/** Renewing more often than this tells the archive nothing new. */
const RENEW_MS = 60_000;
/** After a refusal, or none of an answer. */
const AGAIN_MS = 3_000;
const REMINDER_MS = 60_000;
const LOOK_MS = 5_000;

export interface LeaseDesk {
  /** Who is editing, or null; somebody's lease that has run out is nobody's. */
  readonly lease: Lease | null;
  /** Milliseconds until one's own lease ends, from a minute before on; else null. */
  readonly endsInMs: number | null;
  /** Whether the archive was asked for one's own lease and did not answer: it may have ended. */
  readonly isUnsure: boolean;
  /** Somebody is changing something: takes the lease if nobody has it, and goes on with one's own. */
  touch(): void;
  /** Tells whoever is editing that one would like to be next. */
  ask(): Promise<void>;
  /** Ends somebody else's lease; for leads. */
  takeOver(): Promise<void>;
  giveUp(): Promise<void>;
  /** What the archive has told of the lease. */
  hear(lease: Lease | null): void;
}

/** One person edits an item at a time: ten minutes from the last thing they did, and given up on leaving. */
export function useLease(item: string, first: Lease | null): LeaseDesk {
  const [lease, setLease] = useState(first);
  const [now, setNow] = useState(() => Date.now());
  const [isUnsure, setUnsure] = useState(false);
  const renewed = useRef(0);
  const held = useRef(false);

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);

  const hear = useCallback((heard: Lease | null) => {
    if (!heard?.mine) {
      held.current = false;
      renewed.current = 0;
    }
    setUnsure(false);
    setLease(heard);
    setNow(Date.now());
  }, []);

  const take = useCallback(
    async (over: boolean): Promise<void> => {
      renewed.current = Date.now();
      try {
        const params = { path: { item }, query: over ? { take: true } : {} };
        const taken = await told(api.PUT('/api/v1/items/{item}/lease', { params }));
        held.current = true;
        setUnsure(false);
        setLease(taken);
        setNow(Date.now());
      } catch (error) {
        // Not renewed: the next change tries again, as after a refusal.
        renewed.current = Date.now() - RENEW_MS + AGAIN_MS;
        const other = isProblem(error, 'leased') ? error.extensions['lease'] : null;
        if (!other || typeof other !== 'object' || !('holder' in other)) {
          setUnsure(held.current);
          throw error;
        }
        hear(other as Lease);
      }
    },
    [item, hear],
  );

  const running = lease && Date.parse(lease.until) > now ? lease : null;

  const giveUp = useCallback(async (): Promise<void> => {
    held.current = false;
    renewed.current = 0;
    await api.DELETE('/api/v1/items/{item}/lease', { params: { path: { item } }, keepalive: true });
    setLease((known) => (known?.mine ? null : known));
  }, [item]);

  useEffect(() => {
    const leave = () => {
      // Whoever is gone cannot be told of a failure, and the lease runs out by itself.
      if (held.current) giveUp().catch(() => undefined);
    };
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      leave();
    };
  }, [giveUp]);

  const left = running?.mine ? Date.parse(running.until) - now : null;
  const mayTake = running?.mine ?? true;
  const touch = useCallback(() => {
    if (!mayTake || Date.now() - renewed.current < RENEW_MS) return;
    // What is typed is kept as a draft whether this succeeds or not; saying it tells of a failure.
    take(false).catch(() => undefined);
  }, [mayTake, take]);

  return {
    lease: running,
    isUnsure,
    endsInMs: left !== null && left <= REMINDER_MS ? left : null,
    touch,
    ask: async () => hear(await told(api.POST('/api/v1/items/{item}/lease/requests', { params: { path: { item } } }))),
    takeOver: () => take(true),
    giveUp,
    hear,
  };
}
