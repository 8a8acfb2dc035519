/** What whoever checks knows from elsewhere: keys of an archive and of witnesses, and how keys followed one another. */

import { Fault } from './finding';
import type { LogKey } from './ledger';
import { COSIGNATURE, ED25519, type NoteKey, parseKey } from './note';
import { chainOf, openSuccession, SUCCESSION, type Succession } from './succession';
import { bytesOf } from './text';

/** A succession is six lines, an empty one and two signatures. */
const LINES = 9;
const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;

export interface Trust {
  keys: LogKey[];
  witnesses: NoteKey[];
  successions: Succession[];
}

/** Keys of a log: a `vkey`, the first size it signs for, the last one if any. Lines that begin with `#` say nothing. */
export function readKeys(text: string): LogKey[] {
  const keys: LogKey[] = [];
  for (const line of text.split('\n')) {
    const words = line.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
    if (!words || words.startsWith('#')) continue;
    const [key = '', ...sizes] = words.split(/[ \t]+/);
    if (sizes.length > 2 || !sizes.every((size) => SIZE.test(size))) throw new Fault('noKey');
    keys.push({
      key: parseKey(key),
      first: BigInt(sizes[0] ?? 0),
      last: sizes[1] === undefined ? null : BigInt(sizes[1]),
    });
  }
  return keys;
}

/** Keys as somebody wrote them down: the archive's, among them those of witnesses, and successions between them. */
export function splitKeys(text: string): Trust {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const plain: string[] = [];
  const successions: Succession[] = [];
  while (lines.length > 0) {
    const count = lines[0] === SUCCESSION ? LINES : 1;
    const taken = lines.splice(0, count);
    if (count === 1) plain.push(...taken);
    else successions.push(openSuccession(bytesOf(taken.map((line) => `${line}\n`).join(''))));
  }
  for (const origin of new Set(successions.map((one) => one.last.origin))) {
    chainOf(successions.filter((one) => one.last.origin === origin));
  }
  const keys = readKeys(plain.join('\n'));
  return {
    keys: keys.filter((one) => one.key.kind === ED25519),
    witnesses: keys.filter((one) => one.key.kind === COSIGNATURE).map((one) => one.key),
    successions,
  };
}
