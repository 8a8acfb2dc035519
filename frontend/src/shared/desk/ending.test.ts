import { causeOf, endingOf } from './ending';

describe('the words of an end', () => {
  it('speak of a file where somebody supplied one, and of an address otherwise', () => {
    expect(endingOf('not_media', true)).toBe('supplied_not_media');
    expect(endingOf('not_media', false)).toBe('not_media');
  });

  it('are the same where all went well', () => {
    expect(endingOf('captured', true)).toBe('captured');
    expect(endingOf('none', true)).toBe('none');
  });

  it('tell of the cause that it was supplied', () => {
    expect(causeOf('captured', true)).toBe('supplied');
    expect(causeOf('partial', true)).toBe('supplied_partial');
    expect(causeOf('captured', false)).toBe('captured');
    expect(causeOf(null, true)).toBeNull();
  });
});
