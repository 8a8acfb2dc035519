/** Citations as the archive takes them, and the stretches of a timeline that assertions speak of. */

import type { Schemas } from '@/api/client';
import type { Player } from '@/shared/player/contract';
import type { Span } from '@/shared/player/spans';

import type { Assertion, Item } from './contract';
import { type Clock, type Fragment, markOf, readFragment } from './fragment';

export type Citation = Schemas['Citation'];

/** A citation of a whole file, or of the part of it that `fragment` (`t=…&xywh=percent:…`) names. */
export function citationOf(sha256: string, fragment: string | null): Citation {
  const target = `sha256:${bare(sha256)}`;
  if (!fragment) return { target };
  return {
    target,
    selector: { type: 'FragmentSelector', conformsTo: 'http://www.w3.org/TR/media-frags/', value: fragment },
  };
}

/** What a citation points at, and the part of it meant. */
export function readCitation(citation: Readonly<Record<string, unknown>>): {
  target: string;
  kind: 'file' | 'report' | 'url';
  fragment: Fragment | null;
} {
  const target = typeof citation['target'] === 'string' ? citation['target'] : '';
  const selector = citation['selector'];
  const value = selector && typeof selector === 'object' && 'value' in selector ? selector.value : null;
  const kind = target.startsWith('sha256:') ? 'file' : /^rep_[0-9a-z]{26}$/.test(target) ? 'report' : 'url';
  return { target, kind, fragment: typeof value === 'string' ? readFragment(value) : null };
}

/** An assertion that nothing has taken the place of and nobody has rejected. */
export function stands(assertion: Assertion): boolean {
  return !assertion.superseded_by && assertion.body['status'] !== 'rejected';
}

/** Digests of an item's originals, in the order they came. */
export function originalsOf({ files }: Pick<Item, 'files'>): string[] {
  const digests = files.flatMap(({ role, sha256 }) => (role === 'original' && sha256 ? [sha256] : []));
  return [...new Set(digests)];
}

/** Those of them that a player can be asked for; the pictures of a post are originals and have no frames. */
export function playableOf({ files }: Pick<Item, 'files'>): string[] {
  return originalsOf({ files: files.filter(({ media_type }) => !media_type.startsWith('image/')) });
}

/**
 * Which original is meant by a part of the video that names none: the first of the newest capture there was when it was
 * said. What is captured later does not change what was said.
 */
function originalMeant({ files }: Pick<Item, 'files'>, madeAt: string): string | null {
  const originals = files.filter(({ role, sha256 }) => role === 'original' && sha256);
  const known = originals.filter((file) => Date.parse(file.made_at) <= Date.parse(madeAt));
  const newest = known.reduce<string>((capture, file) => (file.capture > capture ? file.capture : capture), '');
  return (known.find((file) => file.capture === newest) ?? originals[0])?.sha256 ?? null;
}

/**
 * The stretches of the timeline that standing assertions speak of, by time: each one's segment, else the parts of the
 * player's original that it cites; what is said of another original has no place there. A span's id is its
 * assertion's, with `#2` and so on for further parts.
 */
export function spansOf(
  assertions: readonly Assertion[],
  player: Clock & Pick<Player, 'original'>,
  item: Pick<Item, 'files'>,
): Span[] {
  const found = assertions.filter(stands).flatMap((one) => {
    const files = one.citations.map(readCitation).filter(({ kind }) => kind === 'file');
    const here = files.filter(({ target }) => bare(target) === player.original);
    const cited = here.flatMap(({ fragment }) => fragment ?? []);
    const segment = typeof one.body['segment'] === 'string' ? readFragment(one.body['segment']) : null;
    const isHere = files.length > 0 ? here.length > 0 : originalMeant(item, one.made_at) === player.original;
    const meant = segment ? (isHere ? [{ ...segment, region: cited[0]?.region ?? null }] : []) : cited;
    return meant.flatMap((fragment, at): Span[] => {
      const mark = markOf(player, fragment);
      const id = at === 0 ? one.assertion : `${one.assertion}#${at + 1}`;
      return mark ? [{ id, kind: one.kind, label: textOf(one), region: fragment.region, ...mark }] : [];
    });
  });
  return found.toSorted((one, other) => one.from - other.from || one.to - other.to);
}

/** What an assertion says, in a line. */
export function textOf({ body }: Assertion): string {
  for (const name of ['text', 'summary', 'name_as_written', 'reasoning']) {
    const text = body[name];
    if (typeof text === 'string' && text) return text;
  }
  return '';
}

export function bare(sha256: string): string {
  return sha256.replace(/^sha256:/, '');
}
