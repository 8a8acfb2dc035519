/** What every panel of the workbench may know and do: the item, whether it may be changed, and the one way to say something. */

import { createContext, useContext } from 'react';

import type { Schemas } from '@/api/client';

export type Item = Schemas['ItemShown'];
export type Assertion = Schemas['StatedAssertion'];
export type NewAssertion = Schemas['NewAssertion'];

export interface Desk {
  readonly item: Item;
  /** Why nothing can be changed here now, in words; null when it can. */
  readonly locked: string | null;
  /** Says something about the item; rejects with a Problem. Takes the lease if nobody has it. */
  say(assertion: NewAssertion): Promise<Assertion>;
  /** The name of whoever has this id. */
  nameOf(person: string): string;
  /** Tells that somebody is changing something here: takes the lease, or goes on with it. */
  touch?(): void;
}

/** Something being typed, kept on the server and in this browser until it is said. */
export interface Drafted<T> {
  readonly value: T;
  set(value: T): void;
  readonly state: 'clean' | 'saving' | 'saved' | 'offline' | 'conflict';
  readonly savedAt: string | null;
  /** Why it is kept in this browser only, while `offline`: no answer, logged out, or the server does not take it. */
  readonly trouble?: 'unreached' | 'logged_out' | 'refused' | null;
  /** What another window saved meanwhile; only in a conflict. */
  readonly theirs: T | null;
  /** Ends a conflict: keep what is typed here, or take theirs. */
  keep(): void;
  take(): void;
  /** Forgets the draft, on wish. */
  discard(): void;
  /** Forgets what has been said; what was typed since stays. True where there is such. */
  said(value: T): boolean;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('this panel stands outside of a workbench');
  return desk;
}
