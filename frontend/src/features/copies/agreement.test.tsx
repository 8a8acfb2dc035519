import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { allWords, startWords } from '@/i18n';

import { Agreement, scoreOf } from './agreement';
import type { Match } from './queries';

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

const span = (from: number, to: number, score: number): Match['spans'][number] => ({
  a_start_s: from,
  a_end_s: to,
  b_start_s: from,
  b_end_s: to,
  score,
  samples: 10,
});

it('a longer stretch weighs more, and only what is the same throughout is called 100 %', () => {
  expect(scoreOf([span(0, 9, 1), span(20, 21, 0.5)])).toBe(0.95);
  expect(scoreOf([span(0, 10, 1)])).toBe(1);
  expect(scoreOf([span(0, 10, 0.999)])).toBe(0.99);
  expect(scoreOf([])).toBeNull();
  expect(scoreOf([span(3, 3, 1)])).toBeNull();
});

it('what the number means is said to whoever reaches it by keys or hears the page, and beside the pointer', async () => {
  render(
    <MantineProvider env="test">
      <Agreement spans={[span(0, 10, 0.93)]} />
    </MantineProvider>,
  );
  expect(screen.getByText(/The pictures agree: 93/)).toBeVisible();
  await userEvent.tab();
  const button = screen.getByRole('button', { name: /100 % is the same.*not how likely/i });
  expect(button).toHaveFocus();
  await userEvent.hover(button);
  expect(await screen.findByRole('tooltip')).toHaveTextContent(/not how likely/i);
});
