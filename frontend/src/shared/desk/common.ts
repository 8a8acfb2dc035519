import type { Schemas } from '@/api/client';

import type { Citation } from './citations';
import type { Assertion } from './contract';

export type Confidence = Schemas['Confidence'];

/** What every draft of a concluding assertion holds beside its own fields. */
export interface CommonDraft {
  readonly reasoning: string;
  readonly confidence: Confidence | null;
  readonly citations: readonly Citation[];
  /** The assertion that this one takes the place of. */
  readonly supersedes: string | null;
  /** How far it is taken as given; accepted needs something to rest on. */
  readonly status?: 'candidate' | 'accepted';
}

export const EMPTY_COMMON: CommonDraft = { reasoning: '', confidence: null, citations: [], supersedes: null };

/** The common part of a draft that revises an assertion. */
export function commonOf({ assertion, body, citations }: Assertion): CommonDraft {
  const { reasoning, confidence, status } = body;
  return {
    reasoning: typeof reasoning === 'string' ? reasoning : '',
    confidence: confidence === 'low' || confidence === 'moderate' || confidence === 'high' ? confidence : null,
    citations: citations as unknown as readonly Citation[],
    supersedes: assertion,
    ...(status === 'candidate' || status === 'accepted' ? { status } : {}),
  };
}
