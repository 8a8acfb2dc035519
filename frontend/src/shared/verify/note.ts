/** Signed notes: a short text with lines of signatures beneath it, each by a named key. Source: C2SP signed-note. */

import { ed25519 } from '@noble/curves/ed25519.js';

import { sha256Of } from './digests';
import { Fault } from './finding';
import { areEqual, bytesOf, cut, hexOf, joinedBytes, strictBase64, textOf } from './text';

export const LARGEST_BYTES = 1 << 20;
const MOST_SIGNATURES = 16;
const MARK = '— ';
const LATEST = 253_402_300_799n;

export const ED25519 = 1;
export const COSIGNATURE = 4;

/** A public Ed25519 key under its name. */
export interface NoteKey {
  name: string;
  kind: number;
  id: Uint8Array;
  public: Uint8Array;
}

interface Signature {
  name: string;
  keyId: Uint8Array;
  raw: Uint8Array;
}

/** A text, which ends with a line break, and the signatures beneath it. Says nothing of their being good. */
export interface Note {
  text: string;
  signatures: Signature[];
}

/** Whether a key may have this name: no space of any script, no plus, no look-alike spelled another way. */
export function isName(text: string): boolean {
  const length = Array.from(text).length;
  return length > 0 && length <= 200 && text.normalize('NFKC') === text && !/[\p{C}\p{Z}+]/u.test(text);
}

/** Reads a `vkey`. Throws for what is none, or whose parts do not belong together. */
export function parseKey(text: string): NoteKey {
  const [name, rest] = cut(text, '+');
  const [keyId, encoded] = cut(rest ?? '', '+');
  const raw = strictBase64(encoded ?? '');
  const kind = raw[0] ?? 0;
  if (kind !== ED25519 && kind !== COSIGNATURE) throw new Fault('noKey');
  if (!isName(name) || raw.length !== 33) throw new Fault('noKey');
  const id = sha256Of(joinedBytes(bytesOf(`${name}\n`), raw)).slice(0, 4);
  if (hexOf(id) !== keyId) throw new Fault('noKey');
  return { name, kind, id, public: raw.slice(1) };
}

/** Reads a signed note, strictly: one spelling of each, so that no byte of it can change unseen. */
export function parseNote(whole: Uint8Array): Note {
  if (whole.length > LARGEST_BYTES) throw new Fault('note.long', { most: LARGEST_BYTES, size: whole.length });
  const told = textOf(whole, 'note.noText');
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f\u007f]/.test(told)) throw new Fault('note.control');
  const gap = told.lastIndexOf('\n\n');
  const beneath = told.slice(gap + 2);
  if (gap < 0 || !beneath.endsWith('\n')) throw new Fault('note.cut');
  const lines = beneath.slice(0, -1).split('\n');
  if (lines.length > MOST_SIGNATURES) throw new Fault('note.many', { most: MOST_SIGNATURES, count: lines.length });
  const signatures = lines.map(signatureOf);
  const signers = new Set(signatures.map((one) => `${one.name} ${hexOf(one.keyId)}`));
  if (signers.size !== signatures.length) throw new Fault('note.twice');
  return { text: `${told.slice(0, gap)}\n`, signatures };
}

/** This key's signature, null without one. Throws when there is one that is not good. */
export function signatureBy(note: Note, key: NoteKey): Signature | null {
  const found = note.signatures.find((one) => one.name === key.name && areEqual(one.keyId, key.id));
  if (!found) return null;
  const message = key.kind === COSIGNATURE ? cosigned(note.text, secondsOf(found)) : note.text;
  const length = key.kind === COSIGNATURE ? 72 : 64;
  if (found.raw.length !== length || !verifies(key, bytesOf(message), found.raw.slice(-64))) {
    throw new Fault('note.wrong', { name: key.name });
  }
  return found;
}

/** When a cosignature was made, by its own word. */
export function cosignedAt(signature: Signature): string {
  return new Date(Number(secondsOf(signature)) * 1000).toISOString().replace('.000Z', '+00:00');
}

function verifies(key: NoteKey, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    // As RFC 8032 has it, not as some chains of blocks do: one signature has one spelling.
    return ed25519.verify(signature, message, key.public, { zip215: false });
  } catch {
    return false;
  }
}

function signatureOf(line: string): Signature {
  const [name, encoded] = cut(line.slice(MARK.length), ' ');
  if (!line.startsWith(MARK) || !isName(name)) throw new Fault('note.noSignature');
  let raw: Uint8Array;
  try {
    raw = strictBase64(encoded ?? '');
  } catch {
    throw new Fault('note.spelled', { name });
  }
  if (raw.length <= 4) throw new Fault('note.short', { name });
  return { name, keyId: raw.slice(0, 4), raw: raw.slice(4) };
}

function secondsOf(signature: Signature): bigint {
  const seconds = signature.raw.slice(0, 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  if (seconds > LATEST) throw new Fault('note.time', { name: signature.name });
  return seconds;
}

/** What a cosigner signs. Source: C2SP tlog-cosignature, "Signed message". */
function cosigned(text: string, seconds: bigint): string {
  return `cosignature/v1\ntime ${seconds}\n${text}`;
}
