import { clashes, spoken } from '@/shared/lib/keys';

import { DEFAULT_KEYS, PAGE_KEYS, PANEL_KEYS } from './default-keys';

describe('the keys that are there together', () => {
  it('are each for one thing', () => {
    const page = Object.fromEntries(PAGE_KEYS.map((chord, at) => [`page.${at}`, chord]));
    expect(clashes({ ...DEFAULT_KEYS, ...page })).toEqual([]);
  });

  it('open every panel, the one past the digits too', () => {
    expect(Object.values(PANEL_KEYS).map(spoken)).toEqual([...'123456789', 'C']);
    expect(PAGE_KEYS).toEqual(expect.arrayContaining(Object.values(PANEL_KEYS)));
  });
});
