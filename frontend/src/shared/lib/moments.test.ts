import { expect, test } from 'vitest';

import { momentWords } from './moments';

test('seconds are written as a player shows them', () => {
  expect(momentWords(0)).toBe('0:00.0');
  expect(momentWords(12.04)).toBe('0:12.0');
  expect(momentWords(59.96)).toBe('1:00.0');
  expect(momentWords(3723.4)).toBe('1:02:03.4');
  expect(momentWords(-1.5)).toBe('−0:01.5');
});
