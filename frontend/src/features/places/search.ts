/** What the address of the register of places holds: the words looked for, the chosen place, or a new one. */
export interface PlacesSearch {
  q?: string;
  sel?: string;
  add?: true;
}

export function placesSearch(search: Record<string, unknown>): PlacesSearch {
  const { q, sel, add } = search;
  const words = typeof q === 'string' || typeof q === 'number' ? String(q).trim() : '';
  return {
    ...(words && words.length <= 300 ? { q: words } : {}),
    ...(typeof sel === 'string' && /^plc_[0-9a-z]{26}$/.test(sel) ? { sel } : {}),
    ...(add === true ? { add: true } : {}),
  };
}
