/** Checkpoints of the custody log, and proofs that an entry is in it. Sources: C2SP tlog-checkpoint, tlog-proof. */

import { sha256Of } from './digests';
import { Fault } from './finding';
import { cosignedAt, ED25519, isName, LARGEST_BYTES, type NoteKey, parseNote, signatureBy } from './note';
import { areEqual, bytesOf, joinedBytes, strictBase64, textOf } from './text';

const SIZE = /^(?:0|[1-9][0-9]{0,18})$/;
const LONGEST_PROOF = 126;
const HEAD = 'c2sp.org/tlog-proof@v1';

/** A key of a log and the sizes it signs for, so that keys can rotate. */
export interface LogKey {
  key: NoteKey;
  first: bigint;
  last: bigint | null;
}

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Uint8Array;
}

export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n');
  const [origin = '', size = '', encoded = ''] = lines;
  if (lines.length !== 4 || lines[3] || !isName(origin) || !SIZE.test(size)) throw new Fault('checkpoint.lines');
  let root: Uint8Array;
  try {
    root = strictBase64(encoded);
  } catch {
    throw new Fault('checkpoint.root');
  }
  if (root.length !== 32) throw new Fault('checkpoint.digest');
  return { origin, size: BigInt(size), root };
}

/** Reads a signed checkpoint and checks it: by a trusted key that covers its size, under that key's name. */
export function openCheckpoint(whole: Uint8Array, keys: readonly LogKey[]): Checkpoint & { key: NoteKey } {
  const note = parseNote(whole);
  const checkpoint = parseCheckpoint(note.text);
  const named = keys.filter((one) => one.key.kind === ED25519 && one.key.name === checkpoint.origin);
  const signers = named.filter((one) => signatureBy(note, one.key) !== null);
  if (signers.length === 0) throw new Fault('checkpoint.unsigned', { origin: checkpoint.origin });
  const { size } = checkpoint;
  const covering = signers.find((one) => one.first <= size && (one.last === null || size <= one.last));
  if (!covering) throw new Fault('checkpoint.uncovered', { size: `${size}` });
  return { ...checkpoint, key: covering.key };
}

/** When each of these witnesses saw a checkpoint, by its own word. */
export function cosignedTimes(whole: Uint8Array, witnesses: readonly NoteKey[]): Map<string, string> {
  const note = parseNote(whole);
  const times = new Map<string, string>();
  for (const witness of witnesses) {
    const signature = signatureBy(note, witness);
    if (signature) times.set(witness.name, cosignedAt(signature));
  }
  return times;
}

interface LogProof {
  index: bigint;
  hashes: Uint8Array[];
  checkpoint: Uint8Array;
}

export function parseProof(whole: Uint8Array): LogProof {
  if (whole.length > LARGEST_BYTES) throw new Fault('proof.long');
  const gap = whole.findIndex((byte, at) => byte === 10 && whole[at + 1] === 10);
  const head = gap < 0 ? whole : whole.subarray(0, gap);
  if (head.some((byte) => byte > 127)) throw new Fault('proof.plain');
  const lines = textOf(head, 'proof.plain').split('\n');
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines[1] ?? '')?.[1];
  if (gap < 0 || lines[0] !== HEAD || index === undefined || lines.length - 2 > LONGEST_PROOF) {
    throw new Fault('proof.parts');
  }
  let hashes: Uint8Array[];
  try {
    hashes = lines.slice(2).map(strictBase64);
  } catch {
    throw new Fault('proof.spelled');
  }
  if (hashes.some((one) => one.length !== 32)) throw new Fault('proof.digest');
  return { index: BigInt(index), hashes, checkpoint: whole.subarray(gap + 2) };
}

/** Checks that `entry` is where the proof says, in the log of a checkpoint that has been opened. */
export function checkProof(proof: LogProof, entry: string, opened: Checkpoint): void {
  const leaf = sha256Of(joinedBytes(Uint8Array.of(0), bytesOf(entry)));
  if (!isIncluded(leaf, proof.index, opened.size, proof.hashes, opened.root)) {
    throw new Fault('proof.elsewhere', { index: `${proof.index}`, size: `${opened.size}` });
  }
}

/** Source: RFC 9162 section 2.1.3.2, steps numbered there. */
function isIncluded(leaf: Uint8Array, index: bigint, size: bigint, proof: Uint8Array[], root: Uint8Array): boolean {
  if (index >= size) return false; // step 1
  let [first, last, reckoned] = [index, size - 1n, leaf]; // steps 2, 3
  for (const sibling of proof) {
    // step 4
    if (last === 0n) return false;
    if (first & 1n || first === last) {
      reckoned = nodeHash(sibling, reckoned);
      while (first && !(first & 1n)) [first, last] = [first >> 1n, last >> 1n];
    } else {
      reckoned = nodeHash(reckoned, sibling);
    }
    [first, last] = [first >> 1n, last >> 1n];
  }
  return last === 0n && areEqual(reckoned, root); // step 5
}

/** Whether the tree of one checkpoint is a beginning of the other's. Source: RFC 9162 section 2.1.4.2, steps there. */
export function isBeginning(older: Checkpoint, newer: Checkpoint, proof: readonly Uint8Array[]): boolean {
  if (older.size > newer.size || proof.length > LONGEST_PROOF || proof.some((one) => one.length !== 32)) return false;
  if (older.size === newer.size) return proof.length === 0 && areEqual(older.root, newer.root);
  if (older.size === 0n) return proof.length === 0 && areEqual(older.root, sha256Of(new Uint8Array()));
  const path = [...proof];
  if (path.length === 0) return false; // step 1
  if ((older.size & (older.size - 1n)) === 0n) path.unshift(older.root); // step 2
  let [first, last] = [older.size - 1n, newer.size - 1n]; // step 3
  while (first & 1n) [first, last] = [first >> 1n, last >> 1n]; // step 4
  const [begun] = path; // step 5
  if (!begun) return false;
  let [old, grown] = [begun, begun];
  for (const sibling of path.slice(1)) {
    // step 6
    if (last === 0n) return false;
    if (first & 1n || first === last) {
      [old, grown] = [nodeHash(sibling, old), nodeHash(sibling, grown)];
      while (first && !(first & 1n)) [first, last] = [first >> 1n, last >> 1n];
    } else {
      grown = nodeHash(grown, sibling);
    }
    [first, last] = [first >> 1n, last >> 1n];
  }
  return last === 0n && areEqual(old, older.root) && areEqual(grown, newer.root); // step 7
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256Of(joinedBytes(Uint8Array.of(1), left, right));
}
