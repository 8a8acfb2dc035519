import { act, fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';
import { screened } from '@/testing/desk';

import { FaceBoxes, FaceLane, HiddenCopyLine } from './face-lane';
import type { Faces } from './faces';
import { whole } from './scale';

const { player } = screened();
const zero = player.timeOf(0);
const end = player.timeOf(20);

const found = (...starts: number[]): Faces => ({
  original: player.original,
  product: 'b'.repeat(64),
  content: null,
  outcome: 'looked',
  sentence: 'Looked.',
  versions: {},
  parameters: {},
  every_s: 0.125,
  time_base: '1/1000',
  tracks: starts.map((start) => ({
    spans: [
      {
        start_pts: Math.round(start * 1000),
        start_s: start,
        end_pts: Math.round(end * 1000),
        end_s: end,
        x: 10,
        y: 20,
        width: 30,
        height: 40,
        confidence: 0.9,
      },
    ],
  })),
  is_cut: false,
  is_outdated: false,
  hidden_copy: null,
});

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

it('a stretch says how many faces there are at once and when, and a click goes to its beginning', () => {
  const faces = found(player.timeOf(10), player.timeOf(12));
  render(<FaceLane player={player} view={whole(player.length)} faces={faces} />);
  const stretch = screen.getByRole('button', { name: /^Up to 2 faces at once, from .* to .*$/ });
  fireEvent.click(stretch);
  expect(player.state().frame).toBe(10);
});

it('where none was found the lane does not say that there is none', () => {
  render(<FaceLane player={player} view={whole(player.length)} faces={found()} />);
  expect(screen.getByText(/does not mean that there is none/)).toBeInTheDocument();
});

it('boxes stand on the frame that is shown and on no other, and nobody is told of them by voice or pointer', () => {
  const { player: stepped, show } = screened();
  const { container } = render(<FaceBoxes player={stepped} faces={found(zero)} />);
  const shown = (frame: number) => {
    act(() => {
      stepped.seek(frame);
      show(frame);
    });
    return [...container.querySelectorAll('[data-face]')];
  };
  expect(shown(5)).toHaveLength(1);
  expect(shown(5)[0]).toHaveAttribute('aria-hidden', 'true');
  expect(shown(20)).toHaveLength(0);
  expect(shown(19)).toHaveLength(1);
});

it('a copy that hides faces is saved and not opened, beside the words that nobody has looked through it', () => {
  const copy = { product: 'c'.repeat(64), content: '/api/v1/copy', sentence: 'Made.' };
  const { rerender } = render(<HiddenCopyLine faces={{ ...found(zero), hidden_copy: copy }} />);
  const link = screen.getByRole('link', { name: /^Save a copy with faces hidden/ });
  expect(link).toHaveAttribute('href', '/api/v1/copy');
  expect(link).toHaveAttribute('download');
  expect(screen.getByText(/Nobody has looked/)).toBeVisible();
  rerender(<HiddenCopyLine faces={found(zero)} />);
  expect(screen.queryByRole('link')).toBeNull();
});

it('of an older look it is said that no copy after it is offered', () => {
  render(<HiddenCopyLine faces={{ ...found(zero), is_outdated: true }} />);
  expect(screen.queryByRole('link')).toBeNull();
  expect(screen.getByText(/a copy made after it is not offered/)).toBeVisible();
});
