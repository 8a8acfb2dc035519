/** What the address of the exploring page holds: everything one sees, so that a link shows another the same. */
export interface ExploreSearch {
  face?: 'grid' | 'map';
  /** Words. */
  q?: string;
  /** A unit's name, in either script. */
  unit?: string;
  /** First and last day of recording, `2023-02-25`. */
  from?: string;
  to?: string;
  /** `minlon,minlat,maxlon,maxlat`; minlon > maxlon crosses the antimeridian. */
  bbox?: string;
  /** `lat,lon,radius_m`. */
  near?: string;
  /** A column, with `-` before it the other way round. */
  sort?: string;
  /** Columns shown, joined by commas; without it the usual ones. */
  columns?: string;
  /** The chosen record. */
  sel?: string;
}

const DAY = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const WORD = /^-?[a-z]{1,20}$/;
const LIST = /^[a-z]{1,20}(,[a-z]{1,20}){0,20}$/;
const PID = /^rec_[0-9a-z]{26}$/;
const LONGEST = 500;

type Raw = Record<string, unknown>;

const written = (value: unknown): string | undefined => {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text && text.length <= LONGEST ? text : undefined;
};
const matching = (value: unknown, form: RegExp): string | undefined => {
  const text = written(value);
  return text && form.test(text) ? text : undefined;
};

/** Comma-separated numbers, each within its bounds; undefined for anything else. */
function numbers(value: unknown, bounds: readonly (readonly [number, number])[]): string | undefined {
  const parts = written(value)?.split(',') ?? [];
  const fits = (part: string, [low, high]: readonly [number, number]) => {
    const number = part.trim() === '' ? Number.NaN : Number(part);
    return number >= low && number <= high;
  };
  return parts.length === bounds.length && bounds.every((bound, n) => fits(parts[n] ?? '', bound))
    ? parts.map((part) => part.trim()).join(',')
    : undefined;
}

const LON = [-180, 180] as const;
const LAT = [-90, 90] as const;

/** Reads the address; what makes no sense is left out instead of asked for. */
export function exploreSearch(search: Raw): ExploreSearch {
  const bbox = numbers(search['bbox'], [LON, LAT, LON, LAT]);
  const [, south, , north] = (bbox ?? '').split(',').map(Number);
  const read: { [name in keyof ExploreSearch]: ExploreSearch[name] | undefined } = {
    face: search['face'] === 'grid' || search['face'] === 'map' ? search['face'] : undefined,
    q: written(search['q']),
    unit: written(search['unit']),
    from: matching(search['from'], DAY),
    to: matching(search['to'], DAY),
    bbox: bbox && south !== undefined && north !== undefined && south <= north ? bbox : undefined,
    near: numbers(search['near'], [LAT, LON, [Number.MIN_VALUE, 2_000_000]]),
    sort: matching(search['sort'], WORD),
    columns: matching(search['columns'], LIST),
    sel: matching(search['sel'], PID),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

/** The parts of the address that decide which records are found. */
export const FILTERS = ['q', 'unit', 'from', 'to', 'bbox', 'near'] as const;
export type Filter = (typeof FILTERS)[number];

/** The API's question for an address. */
export function questionOf(search: ExploreSearch): Record<string, string> {
  const { q, unit, from, to, bbox, near } = search;
  const captured = from || to ? `${from ?? '..'}/${to ?? '..'}` : undefined;
  return Object.fromEntries(
    Object.entries({ q, unit, bbox, near, captured }).filter((entry): entry is [string, string] => !!entry[1]),
  );
}
