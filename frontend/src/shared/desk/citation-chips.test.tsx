import { act, fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';
import type { Player } from '@/shared/player/contract';
import { fragmentOf } from '@/shared/player/fragments';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import { CitationChips } from './citation-chips';
import { citationOf } from './citations';
import type { Item } from './contract';

const OTHER = 'b'.repeat(64);
const file = (sha256: string) => ({ sha256, role: 'original' }) as Item['files'][number];
const more = { files: [file(ORIGINAL), file(OTHER)] };

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

function shown(cited: string, onOriginal?: (original: string) => void) {
  const here = screened({ frame: 5 });
  const there = screened({}, OTHER);
  const citations = [citationOf(cited, fragmentOf(there.player, { from: 40, to: 40 }, null))];
  const chips = (player: Player | null) => (
    <AtDesk item="itm_1" player={player} more={more} {...(onOriginal ? { onOriginal } : {})}>
      <CitationChips citations={citations} />
    </AtDesk>
  );
  const { rerender } = render(chips(here.player));
  return { here: here.player, there: there.player, offer: (player: Player | null) => rerender(chips(player)) };
}

describe('a chip', () => {
  it('of the original that is shown goes there', () => {
    const { here } = shown(ORIGINAL);
    fireEvent.click(screen.getByRole('button', { name: 'f40 00:00:01.668' }));
    expect(here.state().frame).toBe(40);
  });

  it('of another original never moves the one that is shown, and goes there once the other is', () => {
    const asked: string[] = [];
    const { here, there, offer } = shown(OTHER, (original) => asked.push(original));
    const chip = screen.getByRole('button', { name: /^another original, bbbbbbbb, 00:00:01.668/ });
    fireEvent.click(chip);
    expect(asked).toEqual([OTHER]);
    expect(here.state().frame).toBe(5);
    act(() => offer(null));
    act(() => offer(there));
    expect(there.state().frame).toBe(40);
    expect(here.state().frame).toBe(5);
  });

  it('that was pressed does nothing to a third one that comes instead', () => {
    const { offer } = shown(OTHER, () => undefined);
    fireEvent.click(screen.getByRole('button', { name: /^another original/ }));
    const third = screened({}, 'c'.repeat(64)).player;
    act(() => offer(third));
    expect(third.state().begun).toBe(false);
  });

  it('of a file that is no original of this item says which one, and goes nowhere', () => {
    shown('d'.repeat(64), () => undefined);
    expect(screen.queryByRole('button')).toBeNull();
    expect(screen.getByText(/^file dddddddd, 00:00:01.668 – 00:00:01.701$/)).toBeVisible();
  });

  it('names no frame of an original that is not shown', () => {
    shown(OTHER, () => undefined);
    expect(screen.queryByText(/f40/)).toBeNull();
  });
});
