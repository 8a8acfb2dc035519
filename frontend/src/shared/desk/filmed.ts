/** When something can have been filmed, as the bounds said of it and its own keeping leave it. */

import { type Bound, intersection, OPEN_EARLIEST } from '@/shared/lib/bounds';

import type { Assertion, Item } from './contract';

/** A stated time as a bound; null where the body is not one. */
export function boundOf({ assertion, body }: Pick<Assertion, 'assertion' | 'body'>): Bound | null {
  const [earliest, latest] = [body['earliest'], body['latest']].map((value) =>
    typeof value === 'string' ? Date.parse(value) : Number.NaN,
  );
  if (earliest === undefined || latest === undefined || Number.isNaN(earliest) || Number.isNaN(latest)) return null;
  return { id: assertion, earliest, latest };
}

/** When the archive first had media of an item; null while it has none. */
export function keptAt({ captures }: Pick<Item, 'captures'>): number | null {
  const here = captures
    .filter(({ outcome }) => outcome === 'captured' || outcome === 'partial')
    .map(({ ended_at }) => Date.parse(ended_at))
    .filter((at) => !Number.isNaN(at));
  return here.length > 0 ? Math.min(...here) : null;
}

/** What is kept had been filmed by then: a bound of the moment of filming that nobody has to say. */
export function keptBound(item: Pick<Item, 'captures'>): Bound | null {
  const at = keptAt(item);
  return at === null ? null : { id: 'kept', earliest: OPEN_EARLIEST, latest: at + 999 };
}

/** Whether what is accepted of the moment of filming cannot all hold, with its keeping counted in. */
export function isFilmedNever(item: Pick<Item, 'captures' | 'assertions'>): boolean {
  const said = item.assertions
    .filter((one) => one.kind === 'time' && !one.superseded_by)
    .filter(({ body }) => body['about'] === 'capture' && body['status'] === 'accepted')
    .flatMap((one) => boundOf(one) ?? []);
  const kept = keptBound(item);
  return said.length > 0 && intersection(kept ? [...said, kept] : said) === null;
}
