import { render, screen } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';

import { allWords, startWords } from '@/i18n';

import { ComparedWords } from './compared-words';
import type { Compared } from './queries';

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

function said(compared: Partial<Compared>) {
  const none = { compared: 0, unreadable: 0, given_up: 0, left: 0, is_owed: false };
  render(<ComparedWords compared={{ ...none, ...compared }} />);
}

test('those that were not compared are counted, and it is said that they are next', () => {
  said({ compared: 60, left: 240, is_owed: true });
  expect(screen.getByRole('status')).toHaveTextContent(/240 further candidates were not compared yet.*next turn/u);
  expect(screen.getByText(/Compared with 60 others/u)).toBeVisible();
});

test('where no turn is owed it is said how the rest comes to be compared', () => {
  said({ compared: 60, left: 1, is_owed: false });
  expect(screen.getByRole('status')).toHaveTextContent(
    /1 further candidate was not compared yet.*begin the analysis/iu,
  );
});

test('what took too long or could not be read is not passed over', () => {
  said({ given_up: 2, unreadable: 1 });
  expect(screen.getByText(/2 others took longer/u)).toHaveTextContent(/compare them by hand, with svidok match\.$/u);
  expect(screen.getByText('svidok match').tagName).toBe('CODE');
  expect(screen.getByText(/1 other could not be compared/u)).toBeVisible();
});

test('where all were compared nothing else is said', () => {
  said({ compared: 3 });
  expect(screen.queryByRole('status')).toBeNull();
});
