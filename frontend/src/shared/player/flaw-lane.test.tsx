import { MantineProvider } from '@mantine/core';
import { fireEvent, render, screen } from '@testing-library/react';

import { allWords, speak, startWords } from '@/i18n';
import { screened } from '@/testing/desk';

import { FlawLane, FlawLegend } from './flaw-lane';
import { whole } from './scale';

const span = (kind: string, start: number, end: number, frames = 0) => ({
  kind,
  start_s: start,
  end_s: end,
  start_pts: Math.round(start * 1000),
  end_pts: Math.round(end * 1000),
  time_base: '1/1000',
  frames,
});
const remark = (
  sentence: string,
  code: string | null = null,
  values: Record<string, number> = {},
  because: { code: string; values: Record<string, number> } | null = null,
) => ({ code, values, because, sentence });
const found = (...spans: ReturnType<typeof span>[]) => ({
  spans,
  count: spans.length,
  notes: [] as string[],
  remarks: [] as ReturnType<typeof remark>[],
  fragments: null,
  found_by: 'engine 1',
});

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

it('a gap says what it is and when, and a click goes to its beginning', () => {
  const { player } = screened();
  const flaws = found(span('undecodable', 1 / 3 + 1.001, 1 / 3 + 2.002, 30), span('cut_short', 4, 4));
  render(<FlawLane player={player} view={whole(player.length)} flaws={flaws} />);
  const [lost, ends] = screen.getAllByRole('button');
  expect(lost).toHaveAccessibleName(/^Pictures lost, from .* to .*, 30 frames$/);
  expect(ends).toHaveAccessibleName(/^Ends too soon/);
  if (lost) fireEvent.click(lost);
  expect(player.state().frame).toBe(30);
});

it('where nothing is amiss the lane says who has looked, and before that that nobody has', () => {
  const { player } = screened();
  const line = { player, view: whole(player.length) };
  const { rerender } = render(<FlawLane {...line} flaws={found()} />);
  expect(screen.getByText(/No gaps: .* by engine 1/)).toBeInTheDocument();
  rerender(<FlawLane {...line} flaws={null} />);
  expect(screen.getByText(/not been looked for yet/)).toBeInTheDocument();
});

it('the legend names the kinds that are there, and repeats what the analysis says in words', () => {
  const flaws = { ...found(span('frozen', 1, 2), span('frozen', 2.5, 3)), remarks: [remark('The file is not whole.')] };
  render(
    <MantineProvider>
      <FlawLegend flaws={flaws} />
    </MantineProvider>,
  );
  expect(screen.getAllByRole('listitem').map((one) => one.textContent)).toEqual(['Frozen', 'The file is not whole.']);
});

it('what the analysis says is read in one’s own language by its code, and as it is where no code says as much', async () => {
  await speak('uk');
  const short = { code: 'short', values: { size: 12_345, end: 67_890 } };
  const remarks = [
    remark('The file is not whole. It ends at byte 12,345 …', 'not_whole', {}, short),
    remark('4 of 9 pictures cannot be decoded.', 'undecodable', { pictures: 4, all: 9 }),
    remark('The file is not whole. The dog ate it.', 'not_whole'),
    remark('A sentence of an older engine.'),
  ];
  render(
    <MantineProvider>
      <FlawLegend flaws={{ ...found(), remarks }} />
    </MantineProvider>,
  );
  const told = screen.getAllByRole('listitem');
  expect(told.map((one) => one.textContent)).toEqual([
    'Файл не цілий. Він закінчується на байті 12\u{a0}345, а за будовою мав би тривати до 67\u{a0}890.',
    'Кадрів, яких не вдалося розкодувати: 4 з 9.',
    'The file is not whole. The dog ate it.',
    'A sentence of an older engine.',
  ]);
  expect(told.map((one) => one.getAttribute('lang'))).toEqual([null, null, 'en', 'en']);
  expect(told[1]).toHaveAttribute('title', '4 of 9 pictures cannot be decoded.');
  await speak('en');
});

it('fragments the site did not serve are told of, with their place where it is known', () => {
  const fragments = { missing: 2, expected: 9, is_at_end: true };
  const shown = (at_end: boolean) => (
    <MantineProvider>
      <FlawLegend flaws={{ ...found(), fragments: { ...fragments, is_at_end: at_end } }} />
    </MantineProvider>
  );
  const { rerender } = render(shown(true));
  expect(screen.getByText(/^2 of 9 fragments .* after the end$/)).toBeInTheDocument();
  rerender(shown(false));
  expect(screen.getByText(/^2 of 9 fragments .* place is unknown$/)).toBeInTheDocument();
});
