/** What the address of the page for submitting holds: what another program shared with it. */
export interface SubmitSearch {
  url?: string;
  text?: string;
  title?: string;
}

export function submitSearch(search: Record<string, unknown>): SubmitSearch {
  const kept: SubmitSearch = {};
  for (const name of ['url', 'text', 'title'] as const) {
    const value = search[name];
    if (typeof value === 'string' && value) kept[name] = value;
  }
  return kept;
}

const ADDRESS = /https?:\/\/[^\s<>"']+/i;

/** The address in what was shared: programs put it under `url`, or somewhere in the text. */
export function sharedAddress(search: SubmitSearch): string {
  for (const text of [search.url, search.text, search.title]) {
    const found = ADDRESS.exec(text ?? '')?.[0];
    if (found) return found.replace(/[).,;!?]+$/, '');
  }
  return '';
}

/** What was shared beside the address, to begin the note with. */
export function sharedNote(search: SubmitSearch): string {
  const address = sharedAddress(search);
  return [search.title, search.text]
    .map((text) => (text ?? '').replace(address, '').trim())
    .filter(Boolean)
    .join('\n');
}
