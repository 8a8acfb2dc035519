import type { Schemas } from '@/api/client';

/** What a published record says, read from its frozen body: older bodies may lack what newer ones have. */
export type PublishedRecord = Schemas['RecordShown'];

type Loose = Readonly<Record<string, unknown>>;

interface Common {
  readonly assertion: string;
  readonly confidence: string | null;
  readonly likelihood: readonly [number, number] | null;
  readonly reasoning: string | null;
  readonly segment: string | null;
  readonly citations: readonly CitationStated[];
}

export interface CitationStated {
  readonly target: string;
  readonly selector: string | null;
}

export interface PlaceStated extends Common {
  readonly role: string;
  readonly lat: number;
  readonly lon: number;
  readonly radiusM: number;
  readonly headingDeg: number | null;
  readonly headingErrDeg: number | null;
  readonly method: string | null;
  readonly nameAsWritten: string | null;
  readonly coarsened: boolean;
}

export interface TimeStated extends Common {
  readonly about: string;
  readonly earliest: string;
  readonly latest: string;
  readonly method: string | null;
  readonly tz: string | null;
}

export interface UnitStated extends Common {
  readonly unit: string | null;
  readonly name: string | null;
  readonly role: string;
  readonly basis: readonly string[];
  readonly basisNote: string | null;
}

export interface ContentStated extends Common {
  readonly summary: string;
  readonly language: string | null;
  readonly tags: readonly string[];
}

export interface FileStated {
  readonly sha256: string;
  readonly sizeBytes: number | null;
  readonly mediaType: string | null;
  /** How it stands with its Content Credentials, where they were read. */
  readonly credentials: string | null;
}

export interface CaptureStated {
  readonly id: string;
  readonly outcome: string;
  readonly endedAt: string | null;
}

export interface RecordRead {
  readonly places: readonly PlaceStated[];
  readonly times: readonly TimeStated[];
  readonly units: readonly UnitStated[];
  readonly contents: readonly ContentStated[];
  readonly originals: readonly FileStated[];
  readonly captures: readonly CaptureStated[];
  readonly sourceUrl: string | null;
  readonly platform: string | null;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const texts = (value: unknown): string[] => list(value).filter((one) => typeof one === 'string');
const loose = (value: unknown): Loose => (value && typeof value === 'object' ? (value as Loose) : {});

function common(said: Loose): Common {
  const [low, high] = list(said['likelihood']).map(number);
  return {
    assertion: text(said['assertion']) ?? '',
    confidence: text(said['confidence']),
    likelihood: low != null && high != null ? [low, high] : null,
    reasoning: text(said['reasoning']),
    segment: text(said['segment']),
    citations: list(said['citations'])
      .map(loose)
      .map((one) => ({ target: text(one['target']) ?? '', selector: text(loose(one['selector'])['value']) }))
      .filter((one) => one.target !== ''),
  };
}

function place(said: Loose): PlaceStated | null {
  const [lat, lon, radiusM] = [number(said['lat']), number(said['lon']), number(said['radius_m'])];
  if (lat === null || lon === null || radiusM === null) return null;
  return {
    ...common(said),
    role: text(said['role']) ?? 'other',
    lat,
    lon,
    radiusM,
    headingDeg: number(said['heading_deg']),
    headingErrDeg: number(said['heading_err_deg']),
    method: text(said['method']),
    nameAsWritten: text(said['name_as_written']),
    coarsened: said['coarsened'] === true,
  };
}

function time(said: Loose): TimeStated | null {
  const [earliest, latest] = [text(said['earliest']), text(said['latest'])];
  if (!earliest || !latest) return null;
  return {
    ...common(said),
    about: text(said['about']) ?? 'other',
    earliest,
    latest,
    method: text(said['method']),
    tz: text(said['tz']),
  };
}

/** Reads a record's body. */
export function readRecord(record: PublishedRecord): RecordRead {
  return {
    places: record.places.map(place).filter((one) => one !== null),
    times: record.times.map(time).filter((one) => one !== null),
    units: record.units.map((said) => ({
      ...common(said),
      unit: text(said['unit']),
      // A unit of the register is frozen with the name it went by.
      name: text(said['name_as_written']) ?? text(said['name']),
      role: text(said['role']) ?? 'other',
      basis: texts(said['basis']),
      basisNote: text(said['basis_note']),
    })),
    contents: record.contents.map((said) => ({
      ...common(said),
      summary: text(said['summary']) ?? '',
      language: text(said['language']),
      tags: texts(said['tags']),
    })),
    originals: record.originals.map((file) => ({
      sha256: text(file['sha256']) ?? '',
      sizeBytes: number(file['size_bytes']),
      mediaType: text(file['media_type']),
      credentials: text(file['content_credentials']),
    })),
    captures: record.captures.map((capture) => ({
      id: text(capture['id']) ?? '',
      outcome: text(capture['outcome']) ?? '',
      endedAt: text(capture['ended_at']),
    })),
    sourceUrl: text(record.source['url']),
    platform: text(record.source['platform']),
  };
}

/** What stands over a record where there is room for one line. */
export function headlineOf(read: RecordRead): string | null {
  return read.contents[0]?.summary.split('\n')[0] ?? null;
}

/** The bounds of the recording, from all that was accepted about it; null when nothing bounds it. */
export function recordedBounds(read: RecordRead): { earliest: string; latest: string } | null {
  const captures = read.times.filter((one) => one.about === 'capture');
  const first = captures[0];
  if (!first) return null;
  return captures.reduce(
    (bounds, one) => ({
      earliest: one.earliest < bounds.earliest ? one.earliest : bounds.earliest,
      latest: one.latest > bounds.latest ? one.latest : bounds.latest,
    }),
    { earliest: first.earliest, latest: first.latest },
  );
}
