/** What others have signed of the ledger, as a package carries it: a folder for each checkpoint somebody signed too. */

import { Fault } from './finding';
import { type Checkpoint, isBeginning, parseCheckpoint } from './ledger';
import { parseNote } from './note';
import { byCodePoints, strictBase64, textOf } from './text';

const FOLDER = 'data/ledger/outside/';

export interface Seen {
  whole: Uint8Array;
  tokens: string[];
}

/** Every checkpoint that others have signed, the smallest first, each a beginning of the package's own. */
export async function seenBy(
  names: readonly string[],
  read: (name: string) => Promise<Uint8Array>,
  newest: Checkpoint,
): Promise<Seen[]> {
  const within = names.filter((name) => name.startsWith(FOLDER));
  const sizes = new Set(within.map((name) => name.slice(FOLDER.length).split('/')[0] ?? ''));
  const found: Seen[] = [];
  for (const told of [...sizes].toSorted((one, other) => one.length - other.length || byCodePoints(one, other))) {
    const folder = `${FOLDER}${told}/`;
    const [checkpointName, proofName] = [`${folder}checkpoint`, `${folder}consistency`];
    const [whole, proof] = [await read(checkpointName), await read(proofName)];
    let checkpoint: Checkpoint;
    let hashes: Uint8Array[];
    try {
      checkpoint = parseCheckpoint(parseNote(whole).text);
      hashes = textOf(proof, 'outside.spelled').split('\n').slice(0, -1).map(strictBase64);
    } catch {
      throw new Fault('outside.spelled', {}, checkpointName);
    }
    if (`${checkpoint.size}` !== told || checkpoint.origin !== newest.origin) {
      throw new Fault('outside.other', {}, checkpointName);
    }
    if (!isBeginning(checkpoint, newest, hashes)) throw new Fault('outside.apart', {}, proofName);
    found.push({ whole, tokens: within.filter((name) => name.startsWith(folder) && /\.(?:tsr|ots)$/.test(name)) });
  }
  return found;
}
