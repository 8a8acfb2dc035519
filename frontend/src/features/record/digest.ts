/** The digest of a record as the archive makes it, so that a reader can check it without trusting this page's server. */

import { canonical } from '@/shared/lib/canonical';
import type { PublishedRecord } from '@/shared/records/body';

/** What the API adds to the frozen body when it shows it. */
const ADDED = new Set(['sensitivity', 'sha256', 'links']);

/** The frozen body of a record as it was digested. */
export function frozenBody(record: PublishedRecord): string {
  return canonical(Object.fromEntries(Object.entries(record).filter(([name]) => !ADDED.has(name))));
}

/** SHA-256 in hex digits; null where the browser does not compute it: pages over plain http from elsewhere. */
export async function sha256(text: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
