import type { Schemas } from '@/api/client';

export type LedgerEvent = Schemas['LedgerEvent'];

/** One line of an item's custody chain, read for people. */
export interface Line {
  readonly seq: number;
  readonly digest: string;
  readonly type: string;
  readonly at: string;
  readonly agent: { readonly kind: string; readonly id: string; readonly version: string | null };
  readonly failed: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Whether it names the line before it as the one it follows. */
  readonly unbroken: boolean;
  readonly raw: LedgerEvent;
}

/** The lines of a chain, oldest first as given. Each must name the digest of the one before it; the first names none. */
export function linesOf(events: readonly LedgerEvent[]): Line[] {
  return events.map((raw, at) => {
    const { event } = raw;
    const agent = record(event['agent']);
    const expected = at === 0 ? null : (events[at - 1]?.sha256 ?? null);
    return {
      seq: raw.seq,
      digest: raw.sha256,
      type: text(event['type']),
      at: text(event['at']),
      agent: { kind: text(agent['kind']), id: text(agent['id']), version: text(agent['version']) || null },
      failed: event['outcome'] === 'failure',
      detail: record(event['detail']),
      unbroken: (event['previous'] ?? null) === expected,
      raw,
    };
  });
}

/** The name of a type's words: `local:step failure` is `local_step_failure`. */
export function wordsOf(type: string): string {
  return type.replaceAll(/[^a-z]+/g, '_');
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
