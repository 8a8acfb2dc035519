import { describe, expect, it } from 'vitest';

import { refusalOf } from './chosen';

describe('what somebody asks with', () => {
  it('is refused before it is sent where it is empty, too large or plainly no picture', () => {
    expect(refusalOf({ size: 0, type: 'image/png' }, 10)).toBe('empty');
    expect(refusalOf({ size: 11, type: 'image/png' }, 10)).toBe('tooLarge');
    expect(refusalOf({ size: 1, type: 'application/pdf' }, 10)).toBe('other');
  });
  it('is sent where it may be a picture or a film', () => {
    for (const type of ['image/webp', 'video/mp4', '']) expect(refusalOf({ size: 1, type }, 10)).toBeNull();
  });
});
