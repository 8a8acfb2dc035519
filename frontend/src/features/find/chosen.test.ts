import { describe, expect, it } from 'vitest';

import { momentWords, refusalOf } from './chosen';

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

describe('moments', () => {
  it.each([
    [7.46, '0:07.5'],
    [59.96, '1:00.0'],
    [3723, '1:02:03.0'],
  ])('%d s are %s', (seconds, words) => expect(momentWords(seconds)).toBe(words));
});
