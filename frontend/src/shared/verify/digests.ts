/** SHA-256 and SHA-512 of bytes at hand and of files of any size. */

import { sha256, sha512 } from '@noble/hashes/sha2.js';

import { hexOf } from './text';

// Up to this size the browser digests a file by itself, quicker than any script; it wants all of the bytes at once.
const AT_ONCE_BYTES = 64 << 20;

export interface Digests {
  sha256: string;
  sha512: string;
}

export function sha256Of(bytes: Uint8Array): Uint8Array {
  return sha256(bytes);
}

export function digestsOf(bytes: Uint8Array): Digests {
  return { sha256: hexOf(sha256(bytes)), sha512: hexOf(sha512(bytes)) };
}

/** Both digests of a file's bytes as they come; `told` hears how many have come. */
export async function digestsOfStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  sizeBytes: number,
  told: (count: number) => void,
): Promise<Digests> {
  const subtle = sizeBytes <= AT_ONCE_BYTES ? globalThis.crypto?.subtle : undefined;
  const kept: Uint8Array<ArrayBuffer>[] = [];
  const [first, second] = [sha256.create(), sha512.create()];
  for await (const chunk of chunksOf(stream)) {
    told(chunk.length);
    if (subtle) kept.push(chunk);
    else {
      first.update(chunk);
      second.update(chunk);
    }
  }
  if (!subtle) return { sha256: hexOf(first.digest()), sha512: hexOf(second.digest()) };
  const whole = await new Blob(kept).arrayBuffer();
  const [one, other] = await Promise.all([subtle.digest('SHA-256', whole), subtle.digest('SHA-512', whole)]);
  return { sha256: hexOf(new Uint8Array(one)), sha512: hexOf(new Uint8Array(other)) };
}

/** A stream's chunks; not every browser lets one walk over a stream itself. */
export async function* chunksOf<T>(stream: ReadableStream<T>): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
