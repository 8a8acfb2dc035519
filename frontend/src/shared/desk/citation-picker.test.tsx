import { act, fireEvent, render, screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { useState } from 'react';

import { allWords, startWords } from '@/i18n';
import { fragmentOf } from '@/shared/player/fragments';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import type { CitationPicker as Picker } from './citation-picker';
import { type Citation, citationOf } from './citations';

const server = setupServer(http.get('*/playback', () => HttpResponse.json({ original: ORIGINAL, state: 'ready' })));
let CitationPicker: typeof Picker;
beforeAll(async () => {
  server.listen();
  ({ CitationPicker } = await import('./citation-picker'));
  await startWords('en');
  await allWords();
});
afterAll(() => server.close());

const REGION = { x: 10, y: 20, w: 30, h: 12 };

async function shown() {
  const { player, show } = screened();
  const kept: (readonly Citation[])[] = [];
  function Held() {
    const [citations, set] = useState<readonly Citation[]>([]);
    const keep = (next: readonly Citation[]) => {
      kept.push(next);
      set(next);
    };
    return <CitationPicker citations={citations} onChange={keep} />;
  }
  render(
    <AtDesk item="itm_1" player={player}>
      <Held />
    </AtDesk>,
  );
  await screen.findByRole('button', { name: 'No frame is confirmed yet' });
  const on = (from: number, to: number, region: typeof REGION | null) =>
    citationOf(ORIGINAL, fragmentOf(player, { from, to }, region));
  return { player, show, on, cited: () => kept.at(-1) };
}

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

describe('what an assertion rests on', () => {
  it('is the frame of the still as long as that stands for the video', async () => {
    const { player, on, cited } = await shown();
    act(() => {
      player.setStill(12);
      player.setRegion(REGION);
    });
    press('This frame, f12');
    press('Marked region');
    expect(cited()).toEqual([on(12, 12, null), on(12, 12, REGION)]);
  });

  it('is no frame that nobody has confirmed', async () => {
    const { player, show } = await shown();
    act(() => player.seek(40));
    act(() => player.setRegion(REGION));
    expect(screen.getByRole('button', { name: 'No frame is confirmed yet' })).toBeDisabled();
    expect(screen.getByRole('button', { name: 'Marked region' })).toBeDisabled();
    act(() => show(40));
    expect(screen.getByRole('button', { name: 'This frame, f40' })).toBeEnabled();
  });

  it('is the frame a region stands on where that is outside of the marked span', async () => {
    const { player, show, on, cited } = await shown();
    act(() => player.seek(40));
    act(() => show(40));
    act(() => {
      player.setMark({ from: 10, to: 20 });
      player.setRegion(REGION);
    });
    press('Marked region');
    expect(cited()).toEqual([on(40, 40, REGION)]);
  });
});
