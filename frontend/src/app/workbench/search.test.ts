import type { Item } from '@/shared/desk/contract';

import { originalNamed, workbenchSearch } from './search';

const [ONE, OTHER] = ['12'.repeat(32), `12${'ab'.repeat(31)}`];
const file = (sha256: string, role: string, media_type = 'video/mp4') =>
  ({ sha256, role, media_type }) as Item['files'][number];
const PICTURE = 'ef'.repeat(32);
const ITEM = {
  files: [
    file(ONE, 'original'),
    file(OTHER, 'original'),
    file('cd'.repeat(32), 'context'),
    file(PICTURE, 'original', 'image/jpeg'),
  ],
};
const named = (of: unknown) => originalNamed(ITEM, workbenchSearch({ f: 110, of }).of);

describe('an address', () => {
  it('names an original by the first digits of its digest', () => {
    expect(named('sha256-121212121212')).toBe(ONE);
    expect(named(`sha256-${OTHER}`)).toBe(OTHER);
  });

  it.each([
    `sha256-${PICTURE}`,
    'sha256-12',
    'sha256-ffffffffffff',
    `sha256-${'cd'.repeat(6)}`,
    '121212121212',
    121212121212,
    '',
    null,
  ])('that names none of this item alone is known to lead elsewhere: %s', (of) => {
    expect(workbenchSearch({ f: 110, of }).of).toBeDefined();
    expect(named(of)).toBeNull();
  });

  it('that names none at all leads to the newest', () => expect(workbenchSearch({ f: 110 })).toEqual({ f: 110 }));
});
