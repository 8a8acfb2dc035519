import { fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';
import { screened } from '@/testing/desk';

import { OpinionLine, OpinionMarks, type Opinions } from './opinions';
import { whole } from './scale';

const { player } = screened();
type Opinion = Opinions['opinions'][number];

const opinion = (frame: number, more: Partial<Opinion>): Opinion => ({
  is_boundary: true,
  transition: 'cut',
  pts: frame,
  time_s: player.timeOf(frame),
  chance: 0.6,
  figure: 0.02,
  verdict: 'disagrees',
  seen_pts: null,
  seen_s: null,
  ...more,
});

const said = (...opinions: Opinion[]): Opinions => ({
  original: player.original,
  product: 'b'.repeat(64),
  content: null,
  sentence: 'Asked.',
  versions: { model: 'transnetv2 sha256:1' },
  parameters: {},
  time_base: '1/30000',
  opinions,
  not_asked: 0,
});

const marks = (opinions: Opinions) =>
  render(<OpinionMarks player={player} view={whole(player.length)} opinions={opinions} />);

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

it('a boundary that a second detector does not see is marked, says so, and leads to its frame', () => {
  marks(said(opinion(40, {})));
  const mark = screen.getByRole('button', { name: /^A second detector sees no cut here, .*: 2 % for one$/ });
  fireEvent.click(mark);
  expect(player.state().frame).toBe(40);
});

it('what a second detector sees and ours left out leads to the frame where it sees it', () => {
  const seen = { is_boundary: false, figure: 0.97, seen_pts: 62, seen_s: player.timeOf(62) };
  marks(said(opinion(61, seen)));
  fireEvent.click(screen.getByRole('button', { name: /sees a cut here that ours left out, .*: 97 % for it$/ }));
  expect(player.state().frame).toBe(62);
});

it('a soft transition that it does not see is not called a cut', () => {
  marks(said(opinion(40, { transition: 'dissolve' })));
  expect(screen.getByRole('button', { name: /^A second detector sees no transition here/ })).toBeInTheDocument();
});

it('where it agrees or is unsure no mark stands, and what is out of view has none', () => {
  const opinions = said(
    opinion(10, { verdict: 'agrees', figure: 0.9 }),
    opinion(20, { verdict: 'unsure', figure: 0.3 }),
    opinion(90, {}),
  );
  render(<OpinionMarks player={player} view={{ from: 0, to: player.since(50) }} opinions={opinions} />);
  expect(screen.queryAllByRole('button')).toHaveLength(0);
});

it('how often it agrees is told in one line, and that shots stay as they are; nothing where nothing was doubted', () => {
  const opinions = said(opinion(10, {}), opinion(20, { verdict: 'agrees', figure: 0.9 }));
  const { rerender } = render(<OpinionLine opinions={{ ...opinions, not_asked: 3 }} />);
  const line = screen.getByText(/a second detector looked at: 2\. It agrees on 1, sees 1 otherwise/);
  expect(line).toHaveTextContent('is unsure about 0');
  expect(line).toHaveTextContent('Shots stay as they are');
  expect(line).toHaveTextContent('not asked about: 3');
  rerender(<OpinionLine opinions={said()} />);
  expect(screen.queryByText(/second detector/)).toBeNull();
});
