/** Lines of machine text, whichever machine they come from, and the quotes that people make of them. */

import { useQuery } from '@tanstack/react-query';

import { api, type Schemas, told } from '@/api/client';
import { type Citation, citationOf, stands } from '@/shared/desk/citations';
import type { Assertion, Item, NewAssertion } from '@/shared/desk/contract';
import type { Player, Region } from '@/shared/player/contract';
import { fragmentOf, regionText } from '@/shared/player/fragments';

export type Reading = Schemas['MachineText'];

/** One line of a reading, as a person looks at it; `number` counts from 0 in its product. */
export interface Line {
  readonly number: number;
  readonly text: string;
  readonly language: string | null;
  readonly confidence: number;
  readonly isSure: boolean;
  readonly startS: number;
  readonly endS: number;
  /** Where it stands in the picture, and in which keyframe; null for what is heard. */
  readonly place: { readonly keyframe: string; readonly region: Region } | null;
  readonly words: Schemas['HeardSegment']['words'];
}

/** What machines read and heard in an item; asked anew whenever a step has ended. */
export function useReadings({ item, steps }: Item) {
  const stamp = (steps ?? []).filter(({ state }) => state === 'done').length;
  return useQuery({
    queryKey: ['item', item, 'text', stamp],
    queryFn: () => told(api.GET('/api/v1/items/{item}/text', { params: { path: { item } } })),
    placeholderData: (before) => before,
  });
}

export function linesOf(reading: Reading): Line[] {
  const seen = reading.seen.map((line, number): Line => {
    const first = line.seen[0];
    const region = first ? { x: first.x, y: first.y, w: first.width, h: first.height } : null;
    const place = first && region ? { keyframe: first.keyframe, region } : null;
    return { ...common(line, number), place, words: [] };
  });
  const heard = reading.heard.map((line, number): Line => ({
    ...common(line, number),
    place: null,
    words: line.words,
  }));
  return [...seen, ...heard];
}

function common(line: Schemas['SeenLine'] | Schemas['HeardSegment'], number: number) {
  const { text, language, confidence, is_sure: isSure, start_s: startS, end_s: endS } = line;
  return { number, text, language, confidence, isSure, startS, endS };
}

/** The standing quote that a person has made of a line; null while a machine alone says it. */
export function quoteOf(assertions: readonly Assertion[], product: string | null, number: number): Assertion | null {
  const made = assertions.filter((one) => {
    const machine = one.kind === 'quote' && stands(one) ? one.body['machine'] : null;
    return isMachine(machine) && machine.product === product && machine.number === number;
  });
  return made.at(-1) ?? null;
}

function isMachine(value: unknown): value is { product: string; number: number } {
  return typeof value === 'object' && value !== null && 'product' in value && 'number' in value;
}

/**
 * A line in a person's own words, as it is sent. It cites the frame, or the span that is heard, where the player shows
 * the original; else the keyframe it was read in, or the whole original.
 */
export function quoting(
  reading: Reading,
  line: Line,
  text: string,
  how: { player: Player | null; supersedes: Assertion | null },
): NewAssertion {
  const machine = reading.product ? { product: reading.product, number: line.number } : undefined;
  const body = {
    text,
    sense: reading.kind === 'ocr' ? 'read' : 'heard',
    ...(line.language ? { language: line.language } : {}),
    ...(machine ? { machine } : {}),
  };
  return {
    kind: 'quote',
    body,
    citations: [citationFor(reading, line, how.player)],
    ...(how.supersedes ? { supersedes: how.supersedes.assertion } : {}),
  } as NewAssertion;
}

function citationFor(reading: Reading, line: Line, player: Player | null): Citation {
  if (player?.original === reading.original) {
    const from = player.frameAt(line.startS);
    const to = line.place ? from : Math.max(from, player.frameAt(line.endS));
    return citationOf(reading.original, fragmentOf(player, { from, to }, line.place?.region ?? null));
  }
  if (line.place) return citationOf(line.place.keyframe, `xywh=percent:${regionText(line.place.region)}`);
  return citationOf(reading.original, null);
}
