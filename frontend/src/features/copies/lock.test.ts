import { expect, test } from 'vitest';

import { thereAt } from './lock';

const SPANS = [
  { a_start_s: 12, a_end_s: 22, b_start_s: 0, b_end_s: 10 },
  { a_start_s: 30, a_end_s: 40, b_start_s: 10, b_end_s: 15 },
];

test('a moment within a span has its counterpart, also where one is played faster', () => {
  expect(thereAt(SPANS, 12)).toBe(0);
  expect(thereAt(SPANS, 17)).toBe(5);
  expect(thereAt(SPANS, 36)).toBe(13);
});

test('a moment outside of every span has none', () => {
  expect(thereAt(SPANS, 11.99)).toBeNull();
  expect(thereAt(SPANS, 25)).toBeNull();
  expect(thereAt([], 1)).toBeNull();
});

test('the very end of a span is still its own', () => {
  expect(thereAt(SPANS, 22)).toBe(10);
  expect(thereAt(SPANS, 40)).toBe(15);
});
