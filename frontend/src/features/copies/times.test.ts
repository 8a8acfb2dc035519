import { expect, test } from 'vitest';

import { timeWords } from './times';

test('seconds are written as a player shows them', () => {
  expect(timeWords(0)).toBe('0:00.0');
  expect(timeWords(12.04)).toBe('0:12.0');
  expect(timeWords(59.96)).toBe('1:00.0');
  expect(timeWords(3723.4)).toBe('1:02:03.4');
  expect(timeWords(-1.5)).toBe('−0:01.5');
});
