import { MantineProvider } from '@mantine/core';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { allWords, startWords } from '@/i18n';

import { combined, differing } from './combine';
import { ConflictView } from './conflict-view';

const MINE = { text: 'A bridge', confidence: 'low', citations: ['a', 'b'], supersedes: null };
const THEIRS = { text: 'A dam', confidence: 'high', citations: ['b', 'c'], supersedes: null };

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

function show() {
  const onSettle = vi.fn<(settled: object) => void>();
  render(
    <MantineProvider>
      <ConflictView mine={MINE} theirs={THEIRS} whose="Olena" onSettle={onSettle} />
    </MantineProvider>,
  );
  return onSettle;
}

describe('two versions', () => {
  it('differ field by field', () => {
    expect(differing(MINE, THEIRS)).toEqual(['text', 'confidence', 'citations']);
    expect(differing({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } })).toEqual([]);
  });

  it('are combined without losing a word, where that can be done', () => {
    expect(combined('one', 'two')).toBe('one\n\ntwo');
    expect(combined('one', 'one and more')).toBe('one and more');
    expect(combined('', 'two')).toBe('two');
    expect(combined([1, 2], [2, 3])).toEqual([1, 2, 3]);
    expect(combined(1, 2)).toBeUndefined();
  });

  it('stand side by side, and mine is kept unless somebody chooses otherwise', async () => {
    const onSettle = show();
    expect(screen.getByText('A bridge')).toBeVisible();
    expect(screen.getByText('A dam')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Go on with this' }));
    expect(onSettle).toHaveBeenCalledWith(MINE);
  });

  it('are settled for each field: taken, combined, and the combination edited', async () => {
    const onSettle = show();
    const choose = (field: string, choice: string) =>
      userEvent.click(
        within(screen.getByRole('radiogroup', { name: `${field}: which version` })).getByLabelText(choice),
      );
    await choose('Confidence', 'Take theirs');
    await choose('What it rests on', 'Combine');
    await choose('Note', 'Combine');
    const both = screen.getByRole('textbox', { name: 'Note, combined' });
    expect(both).toHaveValue('A bridge\n\nA dam');
    await userEvent.type(both, '!');
    await userEvent.click(screen.getByRole('button', { name: 'Go on with this' }));
    expect(onSettle).toHaveBeenCalledWith({
      text: 'A bridge\n\nA dam!',
      confidence: 'high',
      citations: ['a', 'b', 'c'],
      supersedes: null,
    });
  });

  it('offer no combination for what cannot hold both', () => {
    render(
      <MantineProvider>
        <ConflictView mine={{ lat: 1 }} theirs={{ lat: 2 }} whose="Olena" onSettle={() => undefined} />
      </MantineProvider>,
    );
    expect(screen.queryByLabelText('Combine')).toBeNull();
  });
});
