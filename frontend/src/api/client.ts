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
  return { body: await told(Promise.resolve(settled)), etag: strong(settled.response.headers.get('ETag')) };
}

/** A proxy that compresses answers makes their tags weak; the API's name states, and those alone go into `If-Match`. */
function strong(etag: string | null): string | null {
  return etag?.replace(/^W\//, '') ?? null;
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

/** A call that OpenAPI has no words for, such as a part of a file; the session and the token go with it. */
export async function ask(address: string, how: RequestInit): Promise<Response> {
  let response: Response;
  try {
    const headers = csrf ? { ...how.headers, 'X-CSRF-Token': csrf } : { ...how.headers };
    response = await fetch(address, { ...how, headers, credentials: 'same-origin' });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Unreached(cause);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}
