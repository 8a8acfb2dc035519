import i18next from 'i18next';

import { allWords, startWords } from '@/i18n';

import { spanWords } from './format';

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

const words = (earliest: string, latest: string) =>
  spanWords({ earliest, latest }, 'en', i18next.getFixedT('en', 'record'));

it('an open end of a span is said in words and never as a year', () => {
  const [first, last] = ['1800-01-01T00:00:00Z', '2199-12-31T23:59:59Z'];
  expect(words(first, '2024-03-05T16:41:00Z')).toBe('not after Mar 5, 2024, 16:41 UTC');
  expect(words('2024-03-05T16:41:00Z', last)).toBe('not before Mar 5, 2024, 16:41 UTC');
  expect(words(first, last)).toBe('no bound is known');
  expect(words('2024-03-05T00:00:00Z', '2024-03-09T00:00:00Z')).toBe('Mar 5\u2009–\u20099, 2024 (UTC)');
});
