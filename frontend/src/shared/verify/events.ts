/** The custody events of a package: canonical statements, one a line, each naming the digest of the one before it. */

import { canonical } from '@/shared/lib/canonical';

import { isOfRecord, type Seal } from './bag';
import { sha256Of } from './digests';
import { Fault } from './finding';
import { bytesOf, hexOf, textOf } from './text';

export const EVENTS = 'data/events.jsonl';

/** What the checks look at of an event. */
export interface CustodyEvent {
  id: string;
  at: string;
  item: string | null;
  previous: string | null;
  objects: string[];
  detail?: unknown;
}

export interface Linked {
  digest: string;
  event: CustodyEvent;
}

/**
 * Every event with the digest of its text: an item's in one unbroken chain, a record's as some of its item's. Throws a
 * fault about the first that is not so.
 */
export function readEvents(whole: Uint8Array, seal: Seal | null): Linked[] {
  let text: string;
  try {
    text = textOf(whole, 'events.noText');
  } catch {
    throw new Fault('events.noText', {}, EVENTS);
  }
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw new Fault('events.cut', {}, EVENTS);
  const linked: Linked[] = [];
  const seen = new Set<string>();
  let before: string | null = null;
  for (const [place, line] of lines.entries()) {
    const subject = `${EVENTS} line ${place + 1}`;
    const event = eventOf(line, subject);
    if (seen.has(event.id) || (seal && whose(event, seal) !== seal.subject)) {
      throw new Fault('events.foreign', { id: event.id }, subject);
    }
    if (event.previous !== before && !isOfRecord(seal)) {
      const values = { id: event.id, previous: event.previous || '-', before: before ?? '-' };
      throw new Fault('events.broken', values, subject);
    }
    seen.add(event.id);
    before = `sha256:${hexOf(sha256Of(bytesOf(line)))}`;
    linked.push({ digest: before, event });
  }
  return linked;
}

/** The item that an event is of, or in a record's package the record that it is about. */
function whose(event: CustodyEvent, seal: Seal): unknown {
  if (!isOfRecord(seal)) return event.item;
  return (event.detail as { record?: unknown } | null | undefined)?.record;
}

function eventOf(line: string, subject: string): CustodyEvent {
  let event: unknown;
  let isCanonical = false;
  try {
    event = JSON.parse(line);
    isCanonical = isFaithful(event) && canonical(event) === line;
  } catch {
    isCanonical = false;
  }
  if (!isCanonical || !isEvent(event)) throw new Fault('events.spelled', {}, subject);
  return event;
}

function isEvent(told: unknown): told is CustodyEvent {
  if (!told || typeof told !== 'object' || Array.isArray(told)) return false;
  const { id, at, item, previous, objects } = told as Partial<Record<keyof CustodyEvent, unknown>>;
  return (
    typeof id === 'string' &&
    typeof at === 'string' &&
    (item === undefined || item === null || typeof item === 'string') &&
    (previous === null || typeof previous === 'string') &&
    Array.isArray(objects) &&
    objects.every((one) => typeof one === 'string')
  );
}

/** Whether JSON carries it as it was meant: no integer beyond what a double holds, no half of a letter. */
function isFaithful(value: unknown): boolean {
  if (typeof value === 'number')
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER || Math.abs(value) >= 1e21 || value % 1 !== 0;
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value);
  if (Array.isArray(value)) return value.every(isFaithful);
  if (!value || typeof value !== 'object') return true;
  return Object.entries(value).every(([name, member]) => isFaithful(name) && isFaithful(member));
}
