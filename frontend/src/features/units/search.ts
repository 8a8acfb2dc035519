/** What the address of the register of units holds: the words looked for, and whether a new unit is being entered. */
export interface UnitsSearch {
  q?: string;
  add?: true;
}

export function unitsSearch(search: Record<string, unknown>): UnitsSearch {
  const q = typeof search['q'] === 'string' || typeof search['q'] === 'number' ? String(search['q']).trim() : '';
  return { ...(q && q.length <= 300 ? { q } : {}), ...(search['add'] === true ? { add: true } : {}) };
}
