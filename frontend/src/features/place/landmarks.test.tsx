import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { useState } from 'react';

import { allWords, startWords } from '@/i18n';
import { citationOf } from '@/shared/desk/citations';
import type { Drafted } from '@/shared/desk/contract';
import { fragmentOf } from '@/shared/player/fragments';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import { EMPTY, type PlaceDraft } from './draft';
import type { Landmarks as Pairs } from './landmarks';

const server = setupServer(http.get('*/playback', () => HttpResponse.json({ original: ORIGINAL, state: 'ready' })));
let Landmarks: typeof Pairs;
beforeAll(async () => {
  server.listen();
  ({ Landmarks } = await import('./landmarks'));
  await startWords('en');
  await allWords();
});
afterAll(() => server.close());

const REGION = { x: 10, y: 20, w: 30, h: 12 };

async function shown(labels = ['tower']) {
  const { player, show } = screened();
  const drafts: PlaceDraft[] = [];
  function Held() {
    const [value, set] = useState<PlaceDraft>({
      ...EMPTY,
      landmarks: labels.map((label) => ({ at: null, seen: null, label })),
    });
    const keep = (draft: PlaceDraft) => {
      drafts.push(draft);
      set(draft);
    };
    return <Landmarks drafted={{ value, set: keep } as Drafted<PlaceDraft>} placing={null} onPlace={() => undefined} />;
  }
  render(
    <AtDesk item="itm_1" player={player}>
      <Held />
    </AtDesk>,
  );
  await waitFor(() => expect(screen.getAllByRole('button', { name: 'Pick in the still' })[0]).toBeEnabled());
  const on = (frame: number) => citationOf(ORIGINAL, fragmentOf(player, { from: frame, to: frame }, REGION));
  return {
    player,
    show,
    on,
    drafts,
    seen: () => drafts.at(-1)?.landmarks[0]?.seen ?? null,
    cited: () => drafts.at(-1)?.citations,
  };
}

const draw = () => fireEvent.click(screen.getByRole('button', { name: 'Pick in the still' }));

describe('a landmark', () => {
  it('drawn on the still that stands for the video is seen in the frame of that still', async () => {
    const { player, on, seen, cited } = await shown();
    act(() => player.setStill(12));
    draw();
    act(() => {
      player.setRegion(REGION);
      player.setDrawing(false);
    });
    expect(seen()).toEqual(on(12));
    expect(cited()).toEqual([on(12)]);
    expect(player.state().region).toBeNull();
  });

  it('drawn while a frame is on its way waits for it', async () => {
    const { player, show, on, seen } = await shown();
    act(() => player.seek(40));
    draw();
    act(() => {
      player.setRegion(REGION);
      player.setDrawing(false);
    });
    expect(seen()).toBeNull();
    act(() => show(40));
    expect(seen()).toEqual(on(40));
  });

  it('that is removed while another is being drawn leaves the drawing to nobody', async () => {
    const { player, show, drafts } = await shown(['tower', 'road']);
    act(() => player.seek(40));
    act(() => show(40));
    fireEvent.click(screen.getAllByRole('button', { name: 'Pick in the still' })[0] ?? expect.fail('no pair'));
    fireEvent.click(screen.getByRole('button', { name: 'Remove landmark 1' }));
    expect(player.state().drawing).toBe(false);
    act(() => {
      player.setDrawing(true);
      player.setRegion(REGION);
      player.setDrawing(false);
    });
    expect(drafts.at(-1)?.landmarks).toEqual([{ at: null, seen: null, label: 'road' }]);
  });

  it('whose drawing was put away does not take the next rectangle, which is meant for something else', async () => {
    const { player, show, seen } = await shown();
    act(() => player.seek(40));
    act(() => show(40));
    draw();
    act(() => player.setDrawing(false));
    act(() => player.setDrawing(true));
    act(() => {
      player.setRegion(REGION);
      player.setDrawing(false);
    });
    expect(seen()).toBeNull();
    expect(player.state().region).toEqual(REGION);
  });
});
