import { cleanup, render, screen } from '@testing-library/react';

import type { Schemas } from '@/api/client';
import { allWords, speak, startWords } from '@/i18n';

import { ListPreview } from './list-preview';

const WRONG: Schemas['BatchWrong'][] = [
  { line: 2, column: 'url', code: 'url_scheme', values: {}, sentence: 'Only addresses that begin with http://.' },
  {
    line: 3,
    column: null,
    code: 'cells_surplus',
    values: { cells: 4, columns: 3 },
    sentence: 'This line has 4 cells.',
  },
  { line: 4, column: 'note', code: 'brand_new', values: {}, sentence: 'Never seen before.' },
];

beforeAll(async () => {
  await startWords('en');
  await allWords();
});
afterEach(async () => {
  cleanup();
  await speak('en');
});

it('a line that cannot be taken says why in the reader’s language, or as it is where nobody has words', async () => {
  await speak('uk');
  render(<ListPreview preview={{ lines: [], wrong: WRONG }} />);
  const told = screen.getAllByRole('listitem').map((line) => line.textContent);
  expect(told[0]).toMatch(/^Рядок 2, urlОтримати можна лише те/);
  expect(told[1]).toMatch(/^Рядок 3Комірок у цьому рядку 4, а в першому 3\./);
  expect(told[2]).toBe('Рядок 4, noteNever seen before.');
  expect(screen.getByText('Never seen before.')).toHaveAttribute('lang', 'en');
  expect(screen.getByText(/^Отримати/)).not.toHaveAttribute('lang');
});
