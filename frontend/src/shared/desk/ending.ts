/** What words a capture's end has: of a supplied file other ones than of an address, where no whole video was found in it. */
export function endingOf<O extends string>(outcome: O, supplied: boolean): O | `supplied_${O}` {
  return supplied && OF_FILES.has(outcome) ? `supplied_${outcome}` : outcome;
}

/** Why a capture ended so, for the words of causes: also that a file was supplied. */
export function causeOf(outcome: string | null, supplied: boolean): string | null {
  if (outcome === null) return null;
  return supplied && outcome === 'captured' ? 'supplied' : endingOf(outcome, supplied);
}

const OF_FILES = new Set(['partial', 'not_media', 'too_large', 'tool_failed']);
