import createClient from 'openapi-fetch';

import { Problem, Unreached } from './errors';
import type { components, paths } from './schema.gen';

export type Schemas = components['schemas'];

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);
let csrf = '';

/** The token that shows a change comes from our own page; `/me` tells it. */
export function rememberCsrf(token: string | null): void {
  csrf = token ?? '';
}

/** Every call to the API, typed by its own OpenAPI document. Throws Problem or Unreached, and does nothing else. */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' });

api.use({
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrf) request.headers.set('X-CSRF-Token', csrf);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return undefined;
  },
  onError({ error }) {
    return error instanceof Problem ? error : new Unreached(error);
  },
});

async function problemOf(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get('Retry-After'));
  const body: unknown = await response.json().catch(() => ({}));
  const members = body && typeof body === 'object' ? (body as Record<string, unknown>) : {};
  return new Problem(response.status, members, Number.isFinite(wait) && wait > 0 ? wait : null);
}

/** The body of an answer that has one. */
export async function told<T>(answer: Promise<{ data?: T | undefined; response: Response }>): Promise<T> {
  const { data, response } = await answer;
  if (data === undefined) throw new Problem(response.status, { detail: 'The answer was empty.' }, null);
  return data;
}

/** The body of an answer with its ETag, for the `If-Match` of what changes it. */
export async function toldWithTag<T>(
  answer: Promise<{ data?: T | undefined; response: Response }>,
): Promise<{ body: T; etag: string | null }> {
  const settled = await answer;
  return { body: await told(Promise.resolve(settled)), etag: settled.response.headers.get('ETag') };
}

/** The bytes at an address the API told of. */
export async function bytesAt(address: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: 'same-origin', signal: signal ?? null });
  } catch (cause) {
    throw new Unreached(cause);
  }
  if (!response.ok) throw await problemOf(response);
  return response.arrayBuffer();
}

/** A key that makes a repeated POST the same POST. */
export function onceKey(): string {
  // `randomUUID` is there in secure contexts only, and an archive on a local network may have no certificate.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Sends a file in one streamed body, telling of progress from 0 to 1; the answer is its receipt. */
export function upload(
  file: File,
  said: { name: string; note: string; once: string },
  onProgress: (share: number) => void,
): { answer: Promise<unknown>; stop: () => void } {
  const request = new XMLHttpRequest();
  const answer = new Promise<unknown>((resolve, reject) => {
    request.upload.addEventListener('progress', (event) =>
      onProgress(event.lengthComputable ? event.loaded / event.total : 0),
    );
    request.addEventListener('error', () => reject(new Unreached('network')));
    request.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError')));
    request.addEventListener('load', () => {
      const body: unknown = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body);
      else reject(new Problem(request.status, (body ?? {}) as Record<string, unknown>, null));
    });
  });
  request.open('POST', `/api/v1/uploads?${new URLSearchParams({ name: said.name })}`);
  request.setRequestHeader('Idempotency-Key', said.once);
  // A header holds Latin-1 only; the note may be in any script.
  if (said.note) request.setRequestHeader('X-Note', encodeURIComponent(said.note));
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  if (csrf) request.setRequestHeader('X-CSRF-Token', csrf);
  request.send(file);
  return { answer, stop: () => request.abort() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
