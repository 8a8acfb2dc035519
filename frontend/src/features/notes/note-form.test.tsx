import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import { citationOf } from '@/shared/desk/citations';
import type { Assertion, Desk } from '@/shared/desk/contract';
import { fragmentOf } from '@/shared/player/fragments';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import type { NoteForm as Form } from './note-form';

const server = setupServer(
  http.get('*/drafts', () => HttpResponse.json({ data: [] })),
  http.put('*/drafts/:name', () =>
    HttpResponse.json({ name: 'note', body: {}, revision: 1, saved_at: '2024-03-07T10:00:00Z' }),
  ),
  http.delete('*/drafts/:name', () => new HttpResponse(null, { status: 204 })),
  http.get('*/playback', () => HttpResponse.json({ original: ORIGINAL, state: 'ready' })),
);
let NoteForm: typeof Form;
beforeAll(async () => {
  server.listen();
  ({ NoteForm } = await import('./note-form'));
  await startWords('en');
  await allWords();
});
afterEach(() => localStorage.clear());
afterAll(() => server.close());

let number = 0;

/** The form beside a player; what is said is handed to `say`. */
async function shown(begin: { frame?: number } = {}) {
  const { player, show, video } = screened(begin);
  const say = vi.fn<Desk['say']>().mockResolvedValue({} as Assertion);
  number += 1;
  render(
    <AtDesk item={`itm_${number}`} player={player} say={say}>
      <NoteForm field={{ current: null }} revised={null} onDone={() => undefined} />
    </AtDesk>,
  );
  await screen.findByRole('checkbox', { name: /whole item/ });
  const write = (text: string) => fireEvent.change(screen.getByLabelText('New note'), { target: { value: text } });
  const add = () => screen.getByRole('button', { name: 'Add the note' });
  const cited = async () => {
    fireEvent.click(add());
    await waitFor(() => expect(say).toHaveBeenCalledOnce());
    return say.mock.calls[0]?.[0].citations;
  };
  const on = (from: number, to = from) => [citationOf(ORIGINAL, fragmentOf(player, { from, to }, null))];
  return { player, show, video, write, add, cited, on };
}

describe('a note', () => {
  it('begun while the video plays is about the frame that was on the screen then', async () => {
    const { player, show, write, cited, on } = await shown();
    act(() => player.toggle());
    act(() => show(31));
    write('A');
    act(() => show(45));
    write('A truck');
    act(() => show(46));
    expect(await cited()).toEqual(on(31));
  });

  it('begun while a frame is on its way waits until that frame is confirmed', async () => {
    const { player, show, write, add, cited, on } = await shown({ frame: 3 });
    act(() => show(3));
    act(() => player.seek(70));
    write('A badge');
    expect(add()).toBeDisabled();
    expect(screen.getByText('Waiting until the frame you began at is confirmed')).toBeVisible();
    act(() => show(70));
    act(() => player.seek(71));
    act(() => show(71));
    expect(await cited()).toEqual(on(70));
  });

  it('begun on the still that stands for the video is about the frame of that still', async () => {
    const { player, write, cited, on } = await shown();
    act(() => player.setStill(12));
    write('Two men');
    act(() => player.seek(0));
    expect(await cited()).toEqual(on(12));
  });

  it('is about the whole item where nothing is on the screen only when somebody says so', async () => {
    const { write, add, cited } = await shown();
    write('Ask somebody from the region.');
    expect(add()).toBeDisabled();
    fireEvent.click(screen.getByRole('checkbox', { name: /whole item/ }));
    expect(await cited()).toEqual([]);
  });

  it('moves to what is shown now only by a button that says so', async () => {
    const { player, show, write, cited, on } = await shown({ frame: 3 });
    act(() => show(3));
    write('A badge');
    act(() => player.setMark({ from: 20, to: 25 }));
    fireEvent.click(screen.getByRole('button', { name: 'Put it on what is shown now' }));
    expect(screen.queryByRole('button', { name: 'Put it on what is shown now' })).toBeNull();
    expect(await cited()).toEqual(on(20, 25));
  });

  it('begun anew after all words were taken away is about what is shown then', async () => {
    const { player, show, write, cited, on } = await shown({ frame: 3 });
    act(() => show(3));
    write('A badge');
    write('');
    act(() => player.seek(9));
    act(() => show(9));
    write('A flag');
    expect(await cited()).toEqual(on(9));
  });
});
