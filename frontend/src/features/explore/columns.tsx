import {
  columnVisibilityFeature,
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  sortFn_basic,
  tableFeatures,
} from '@tanstack/react-table';

import { headlineOf, recordedBounds } from '@/shared/records/body';

import type { Row } from './queries';

export const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { basic: sortFn_basic },
});

/** Column names are part of addresses: they never change. */
export const COLUMNS = [
  'summary',
  'recorded',
  'place',
  'units',
  'platform',
  'published',
  'version',
  'review',
  'id',
] as const;
export type Column = (typeof COLUMNS)[number];
export const USUAL: readonly Column[] = ['summary', 'recorded', 'place', 'units', 'published', 'review'];

/** What a column is ordered by. */
const VALUES: Record<Column, (row: Row) => string | number> = {
  summary: ({ read }) => headlineOf(read)?.toLocaleLowerCase() ?? '\uffff',
  recorded: ({ read }) => recordedBounds(read)?.earliest ?? '\uffff',
  place: ({ read }) => read.places[0]?.nameAsWritten ?? (read.places[0] ? '' : '\uffff'),
  units: ({ read }) => read.units[0]?.name ?? '\uffff',
  platform: ({ read }) => read.platform ?? '\uffff',
  published: ({ record }) => record.published_at,
  version: ({ record }) => record.version,
  review: ({ record }) => record.review.reviewers,
  id: ({ record }) => record.pid,
};

const helper = createColumnHelper<typeof features, Row>();
export const columns = helper.columns(COLUMNS.map((id) => helper.accessor(VALUES[id], { id, sortFn: 'basic' })));

/** The columns an address asks for, in our order. */
export function shownColumns(asked: string | undefined): readonly Column[] {
  const names = new Set(asked?.split(','));
  const known = COLUMNS.filter((column) => names.has(column));
  return known.length > 0 ? known : USUAL;
}

export function isColumn(name: string): name is Column {
  return COLUMNS.some((column) => column === name);
}
