/** Bytes and text, each in its one spelling: what could be spelled in two ways could be changed unseen. */

import { Fault } from './finding';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** UTF-8, strictly. Throws a fault with this code for what is none. */
export function textOf(bytes: Uint8Array, code: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Fault(code);
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

export function joinedBytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Standard base64 in its one canonical spelling (RFC 4648 section 3.5). Throws a code of why it is none. */
export function strictBase64(text: string): Uint8Array<ArrayBuffer> {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    throw new Fault('noBase64');
  }
  if (btoa(raw) !== text) throw new Fault('noBase64');
  return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
}

/** Orders names by their code points, as manifests do; a browser's own order is by halves of them. */
export function byCodePoints(one: string, other: string): number {
  const [left, right] = [Array.from(one), Array.from(other)];
  const at = left.findIndex((letter, place) => letter !== right[place]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}

/** A name as ASCII JSON: nothing in it moves a cursor or turns the direction of writing. */
export function quoted(name: string): string {
  const short = Array.from(name).slice(0, 500).join('');
  return JSON.stringify(short).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What `name` splits into at the first `mark`: before, and after (null where there is no mark). */
export function cut(text: string, mark: string): [string, string | null] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}
