/** What whoever checks knows from elsewhere: keys of an archive and of witnesses, one a line of a text. */

import { Fault } from './finding';
import type { LogKey } from './ledger';
import { COSIGNATURE, ED25519, type NoteKey, parseKey } from './note';

const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;

export interface Trust {
  keys: LogKey[];
  witnesses: NoteKey[];
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

/** Keys as somebody wrote them down: the archive's, and among them those of witnesses. */
export function splitKeys(text: string): Trust {
  const keys = readKeys(text);
  return {
    keys: keys.filter((one) => one.key.kind === ED25519),
    witnesses: keys.filter((one) => one.key.kind === COSIGNATURE).map((one) => one.key),
  };
}
