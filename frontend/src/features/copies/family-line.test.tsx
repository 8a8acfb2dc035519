import { render, screen, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeAll, expect, test, vi } from 'vitest';

import { allWords, startWords } from '@/i18n';

import { FamilyList } from './family-line';
import type { Family } from './queries';

vi.mock('@tanstack/react-router', () => ({
  Link: ({ params, children }: { params: { item: string }; children: ReactNode }) => (
    <a href={`/items/${params.item}`}>{children}</a>
  ),
}));

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

const member = (item: string, isEarliest = false): Family['data'][number] => ({
  item,
  title: item,
  account: null,
  known_at: '2026-01-01T00:00:00Z',
  known_by: 'capture',
  duration_s: null,
  still: null,
  is_earliest: isEarliest,
  is_sure: false,
});

const family: Family = {
  data: [member('first', true), member('own'), member('third'), member('fourth')],
  is_cut_short: false,
};

test('a copy of a copy is told from what has a card of its own, counted, and leads to where it can be decided', () => {
  render(<FamilyList item="own" family={family} carded={new Set(['third', 'fourth'])} />);
  expect(screen.getByRole('heading')).toHaveTextContent(/this item among them.* 4$/u);
  const [first, , third] = screen.getAllByRole('listitem');
  expect(first).toHaveTextContent(/the earliest known.*through another copy, no card here/u);
  expect(third).not.toHaveTextContent(/through another copy/u);
  expect(within(first as HTMLElement).getByRole('link')).toHaveAttribute('href', '/items/first');
  expect(screen.getByText(/^2 others were found.*cards are below\. 1 more is known only as a copy/u)).toBeVisible();
});

test('where each has a card, or not all cards are known, nothing is said of the way there', () => {
  const { unmount } = render(<FamilyList item="own" family={family} carded={new Set(['first', 'third', 'fourth'])} />);
  expect(screen.queryByText(/another copy/u)).toBeNull();
  unmount();
  render(<FamilyList item="own" family={family} carded={null} />);
  expect(screen.queryByText(/another copy/u)).toBeNull();
});
