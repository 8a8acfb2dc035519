import { datesWords, isPartialDate } from './dates';

describe('dates that need not be whole', () => {
  it.each([
    '2014',
    '2014-03',
    '2014-03-18',
    '201X',
    '20XX',
    '2014-XX',
    '2014-03-XX',
    '2014-21',
    '2014-03~',
    '2024-02-29',
  ])('takes %s', (text) => expect(isPartialDate(text)).toBe(true));
  it.each(['', '0000', '14', '2014-13', '201X-03', '2014-XX-05', '2014-21-01', '2023-02-29', '2014/2015'])(
    'refuses %s',
    (text) => expect(isPartialDate(text)).toBe(false),
  );
  it('writes an open end as open', () => {
    expect(datesWords({ from: '2009' })).toBe('2009 – …');
    expect(datesWords({})).toBeNull();
  });
});
