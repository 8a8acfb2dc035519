/** How one key of a log follows another: both sign the checkpoint at which the old one ends. */

import { Fault } from './finding';
import { type Checkpoint, type LogKey, parseCheckpoint } from './ledger';
import { ED25519, type NoteKey, parseKey, parseNote, signatureBy } from './note';
import { areEqual, cut, hexOf } from './text';

export const SUCCESSION = 'svidok.succession/1';

/** The old key names its successor, and the new one vouches for all that was signed up to `last`; both sign `text`. */
export interface Succession {
  old: NoteKey;
  new: NoteKey;
  last: Checkpoint;
  text: string;
}

type Chain = readonly Succession[];

/** Reads a succession and checks both signatures. Says nothing of whether either key is trusted. */
export function openSuccession(whole: Uint8Array): Succession {
  const note = parseNote(whole);
  const [format, beneath] = cut(note.text, '\n');
  const [oldText, rest] = cut(beneath ?? '', '\n');
  const [newText, checkpoint] = cut(rest ?? '', '\n');
  if (format !== SUCCESSION || checkpoint === null) throw new Fault('succession.form');
  const [old, next] = keysOf(oldText, newText);
  const last = parseCheckpoint(checkpoint);
  const isOfOneLog = old.name === next.name && next.name === last.origin;
  if (isSame(old, next) || !isOfOneLog || old.kind !== ED25519 || next.kind !== ED25519) {
    throw new Fault('succession.elsewhere');
  }
  const [byOld, byNew] = [signatureBy(note, old), signatureBy(note, next)];
  if (!byOld || !byNew || note.signatures.length !== 2) throw new Fault('succession.unsigned');
  return { old, new: next, last, text: note.text };
}

function keysOf(oldText: string, newText: string): [NoteKey, NoteKey] {
  try {
    return [parseKey(oldText), parseKey(newText)];
  } catch {
    throw new Fault('succession.noKey');
  }
}

/** The chain with one succession more. Throws where it does not follow the last one. */
export function extended(chain: Chain, following: Succession): Chain {
  const before = chain.at(-1);
  const id = hexOf(following.new.id);
  if (before && (!isSame(following.old, before.new) || following.last.size <= before.last.size)) {
    throw new Fault('succession.apart', { id });
  }
  if (chain.some((one) => isSame(one.old, following.new))) throw new Fault('succession.back', { id });
  return [...chain, following];
}

/** Successions of one log, known from several places, in their order. Throws where they are no chain. */
export function chainOf(successions: Chain): Chain {
  const distinct = [...new Map(successions.map((one) => [one.text, one])).values()];
  const bySize = (one: Succession, other: Succession): number =>
    one.last.size === other.last.size ? Number(one.text > other.text) * 2 - 1 : Number(one.last.size - other.last.size);
  return distinct.toSorted(bySize).reduce<Chain>(extended, []);
}

/**
 * The trusted keys, each for no more sizes than the chain leaves it, and the keys which the chain joins to them. Older
 * keys are vouched for by the newest trusted one. Newer ones follow it, but not where it was named with a last size.
 */
export function joinedKeys(trusted: readonly LogKey[], chain: Chain): LogKey[] {
  const every = periods(chain);
  const placeOf = (one: LogKey): number => every.findIndex((period) => isSame(period.key, one.key));
  const held = trusted.filter((one) => placeOf(one) >= 0);
  if (held.length === 0) return [...trusted];
  const newest = Math.max(...held.map(placeOf));
  const hasEnded = held.every((one) => placeOf(one) !== newest || one.last !== null);
  const reached = hasEnded ? every.slice(0, newest + 1) : every;
  const own = trusted.map((one) => narrowed(one, every[placeOf(one)]));
  return [...own, ...reached.filter((one) => !held.some((known) => isSame(known.key, one.key)))];
}

function periods(chain: Chain): LogKey[] {
  const keys = [...chain.slice(0, 1).map((one) => one.old), ...chain.map((one) => one.new)];
  return keys.map((key, place) => ({
    key,
    first: place === 0 ? 0n : (chain[place - 1]?.last.size ?? 0n) + 1n,
    last: chain[place]?.last.size ?? null,
  }));
}

function narrowed(one: LogKey, period: LogKey | undefined): LogKey {
  if (!period) return one;
  const lasts = [one.last, period.last].filter((last) => last !== null);
  const last = lasts.length > 0 ? lasts.reduce((least, each) => (each < least ? each : least)) : null;
  return { key: one.key, first: one.first > period.first ? one.first : period.first, last };
}

/** Whether two keys are one: by all that they are, not by the four bytes that name them. */
export function isSame(one: NoteKey, other: NoteKey): boolean {
  return one.name === other.name && one.kind === other.kind && areEqual(one.public, other.public);
}
