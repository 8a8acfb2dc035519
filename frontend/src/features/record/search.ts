/** What the address of a record's page holds: which of its versions; without it the newest. */
export interface RecordSearch {
  v?: number;
}

export function recordSearch(search: Record<string, unknown>): RecordSearch {
  const version = Number(search['v']);
  return Number.isInteger(version) && version >= 1 && version <= 999_999 ? { v: version } : {};
}
