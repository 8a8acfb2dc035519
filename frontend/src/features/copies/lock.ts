/** Which moment of the one video shows what a moment of the other does. */

import type { Schemas } from '@/api/client';

export type Span = Pick<Schemas['Span'], 'a_start_s' | 'a_end_s' | 'b_start_s' | 'b_end_s'>;

/** The moment of B, in seconds, that shows what A shows at `a`; null where no span says so. Linear within a span. */
export function thereAt(spans: readonly Span[], a: number): number | null {
  const span = spans.find((one) => one.a_start_s <= a && a < one.a_end_s) ?? spans.find((one) => one.a_end_s === a);
  if (!span) return null;
  const share = span.a_end_s > span.a_start_s ? (a - span.a_start_s) / (span.a_end_s - span.a_start_s) : 0;
  return span.b_start_s + share * (span.b_end_s - span.b_start_s);
}
