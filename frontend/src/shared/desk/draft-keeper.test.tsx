import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import type { DraftKeeper as Keeper } from './draft-keeper';

interface Words {
  readonly text: string;
  readonly more: string;
}

interface Kept {
  revision: number;
  body: unknown;
}

const EMPTY: Words = { text: '', more: '' };
const KEY = 'svidok.draft/usr_1/itm_1/place';
const WAY = '*/api/v1/items/itm_1/drafts/place';

let kept: Kept | null = null;
let puts: { match: string | null; none: string | null; body: unknown }[] = [];
let fails: null | 'network' | 'unanswered' | number = null;

const shown = ({ revision, body }: Kept) => ({ name: 'place', body, revision, saved_at: '2026-11-22T12:04:31Z' });
const problem = (status: number, code: string, more = {}) =>
  HttpResponse.json({ code, title: code, detail: '', ...more }, { status });

const server = setupServer(
  http.get('*/api/v1/items/itm_1/drafts', () => {
    if (fails === 'network') return HttpResponse.error();
    return HttpResponse.json({
      data: kept ? [{ ...shown({ revision: 9, body: {} }), name: 'time' }, shown(kept)] : [],
    });
  }),
  http.put(WAY, async ({ request }) => {
    if (fails === 'network') return HttpResponse.error();
    if (typeof fails === 'number') return problem(fails, fails === 401 ? 'not_authenticated' : 'too_large');
    const match = request.headers.get('if-match');
    const none = request.headers.get('if-none-match');
    const { body } = (await request.json()) as { body: unknown };
    puts.push({ match, none, body });
    const seen = kept ? match === `"${kept.revision}"` : none === '*';
    if (!seen) return problem(412, 'stale', kept ? { current: shown(kept) } : {});
    kept = { revision: (kept?.revision ?? 0) + 1, body };
    if (fails === 'unanswered') return HttpResponse.error();
    return HttpResponse.json(shown(kept));
  }),
  http.delete(WAY, ({ request }) => {
    if (fails === 'network') return HttpResponse.error();
    if (!kept) return problem(404, 'not_found');
    if (request.headers.get('if-match') !== `"${kept.revision}"`) return problem(412, 'stale');
    kept = null;
    return new HttpResponse(null, { status: 204 });
  }),
);

// The client takes the fetch that is there when it is loaded, so the border stands before.
server.listen();
const { DraftKeeper } = await import('./draft-keeper');

function open(): { keeper: Keeper<Words>; close: () => void } {
  const keeper = new DraftKeeper('usr_1', 'itm_1', 'place', EMPTY);
  return { keeper, close: keeper.subscribe(() => undefined) };
}

/** Lets what is on its way to the server and back arrive. */
async function settle(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await vi.advanceTimersByTimeAsync(0);
  }
}

afterAll(() => server.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  localStorage.clear();
  kept = null;
  puts = [];
  fails = null;
});
afterEach(() => vi.useRealTimers());

describe('a draft', () => {
  it('that was thrown away does not come back, though the answer to its last letters was lost', async () => {
    for (const first of [null, { revision: 3, body: { text: 'old', more: '' } }]) {
      kept = first;
      localStorage.clear();
      fails = null;
      const { keeper, close } = open();
      await settle();
      fails = 'unanswered';
      keeper.set({ ...EMPTY, text: 'the bridge' });
      await settle(1_000);
      expect(kept).toMatchObject({ body: { text: 'the bridge' } });
      keeper.discard();
      close();
      fails = null;
      // Also in a window that is opened anew.
      const next = open();
      await settle(60_000);
      await settle(60_000);
      expect(next.keeper.read()).toMatchObject({ value: EMPTY, state: 'clean' });
      expect(kept).toBeNull();
      next.close();
    }
  });

  it('whose answer was lost is in no conflict with itself', async () => {
    const { keeper, close } = open();
    await settle();
    fails = 'unanswered';
    keeper.set({ ...EMPTY, text: 'the bridge' });
    await settle(1_000);
    fails = null;
    keeper.set({ ...EMPTY, text: 'the bridge and the tower' });
    await settle(10_000);
    await settle(10_000);
    expect(keeper.read()).toMatchObject({ state: 'saved', value: { text: 'the bridge and the tower' } });
    expect(kept).toMatchObject({ body: { text: 'the bridge and the tower' } });
    close();
  });

  it('keeps what was typed while it was being said', async () => {
    const { keeper, close } = open();
    await settle();
    const spoken = { ...EMPTY, text: 'the bridge' };
    keeper.set(spoken);
    keeper.set({ ...spoken, more: 'and the tower' });
    expect(keeper.said(spoken)).toBe(true);
    expect(keeper.read().value).toEqual({ text: 'the bridge', more: 'and the tower' });
    expect(keeper.said(keeper.read().value)).toBe(false);
    expect(keeper.read()).toMatchObject({ state: 'clean', value: EMPTY });
    await settle(10_000);
    close();
  });

  it('stands in the browser at once and on the server after a pause', async () => {
    const { keeper, close } = open();
    await settle();
    keeper.set({ ...EMPTY, text: 'the br' });
    keeper.set({ ...EMPTY, text: 'the bridge' });
    expect(JSON.parse(localStorage.getItem(KEY) ?? '')).toEqual({ body: { text: 'the bridge', more: '' }, base: null });
    await settle(700);
    expect(puts).toEqual([]);
    await settle(200);
    expect(puts).toEqual([{ match: null, none: '*', body: { text: 'the bridge', more: '' } }]);
    expect(keeper.read()).toMatchObject({ state: 'saved', savedAt: '2026-11-22T12:04:31Z' });
    expect(localStorage.getItem(KEY)).toBeNull();
    close();
  });

  it('comes back from the server with what the form has gained since', async () => {
    kept = { revision: 4, body: { text: 'earlier' } };
    const { keeper, close } = open();
    await settle();
    expect(keeper.read()).toMatchObject({ value: { text: 'earlier', more: '' }, state: 'saved' });
    close();
  });

  it('survives a window that closed before the server had it', async () => {
    localStorage.setItem(KEY, JSON.stringify({ body: { text: 'unsaved' }, base: 4 }));
    kept = { revision: 4, body: { text: 'older' } };
    const { keeper, close } = open();
    expect(keeper.read().value.text).toBe('unsaved');
    await settle();
    await settle(900);
    expect(kept).toEqual({ revision: 5, body: { text: 'unsaved', more: '' } });
    close();
  });

  it('is kept in the browser without a network, and sent when it comes back', async () => {
    const { keeper, close } = open();
    await settle();
    fails = 'network';
    keeper.set({ ...EMPTY, text: 'in the tunnel' });
    await settle(900);
    expect(keeper.read()).toMatchObject({ state: 'offline', trouble: 'unreached' });
    expect(localStorage.getItem(KEY)).toContain('in the tunnel');
    fails = null;
    await settle(2100);
    expect(keeper.read().state).toBe('saved');
    expect(kept?.body).toEqual({ text: 'in the tunnel', more: '' });
    close();
  });

  it('is kept when the session has ended, and says so', async () => {
    const { keeper, close } = open();
    await settle();
    fails = 401;
    keeper.set({ ...EMPTY, text: 'still mine' });
    await settle(900);
    expect(keeper.read()).toMatchObject({ state: 'offline', trouble: 'logged_out', value: { text: 'still mine' } });
    fails = null;
    await settle(2100);
    expect(keeper.read().state).toBe('saved');
    close();
  });

  it('that the server refuses is not sent again until it changes', async () => {
    const { keeper, close } = open();
    await settle();
    fails = 413;
    keeper.set({ ...EMPTY, text: 'too long' });
    await settle(900);
    expect(keeper.read()).toMatchObject({ state: 'offline', trouble: 'refused' });
    fails = null;
    await settle(60_000);
    expect(puts).toEqual([]);
    keeper.set({ ...EMPTY, text: 'shorter' });
    await settle(900);
    expect(keeper.read().state).toBe('saved');
    close();
  });

  it('meets what another window saved: both stand until somebody chooses mine', async () => {
    kept = { revision: 1, body: { text: 'begun' } };
    const { keeper, close } = open();
    await settle();
    kept = { revision: 2, body: { text: 'theirs' } };
    keeper.set({ ...EMPTY, text: 'mine' });
    await settle(900);
    expect(keeper.read()).toMatchObject({ state: 'conflict', value: { text: 'mine' }, theirs: { text: 'theirs' } });
    keeper.set({ ...EMPTY, text: 'mine and theirs' });
    expect(keeper.read().state).toBe('conflict');
    await settle(5000);
    expect(kept).toEqual({ revision: 2, body: { text: 'theirs' } });
    keeper.keep();
    await settle();
    expect(kept).toEqual({ revision: 3, body: { text: 'mine and theirs', more: '' } });
    expect(keeper.read()).toMatchObject({ state: 'saved', theirs: null });
    close();
  });

  it('takes theirs when asked', async () => {
    kept = { revision: 1, body: { text: 'begun' } };
    const { keeper, close } = open();
    await settle();
    kept = { revision: 2, body: { text: 'theirs' } };
    keeper.set({ ...EMPTY, text: 'mine' });
    await settle(900);
    keeper.take();
    expect(keeper.read()).toMatchObject({ value: { text: 'theirs', more: '' }, state: 'saved' });
    expect(localStorage.getItem(KEY)).toBeNull();
    close();
  });

  it('with the same words in both windows is no conflict', async () => {
    kept = { revision: 1, body: { text: 'begun' } };
    const { keeper, close } = open();
    await settle();
    kept = { revision: 2, body: { more: '', text: 'same' } };
    keeper.set({ ...EMPTY, text: 'same' });
    await settle(900);
    expect(keeper.read().state).toBe('saved');
    close();
  });

  it('goes on as a new one when it was thrown away elsewhere', async () => {
    kept = { revision: 1, body: { text: 'begun' } };
    const { keeper, close } = open();
    await settle();
    kept = null;
    keeper.set({ ...EMPTY, text: 'not lost' });
    await settle(900);
    await settle(900);
    expect(kept).toEqual({ revision: 1, body: { text: 'not lost', more: '' } });
    close();
  });

  it('is forgotten after it was said, also where the server could not be told at once', async () => {
    kept = { revision: 3, body: { text: 'said' } };
    const first = open();
    await settle();
    fails = 'network';
    first.keeper.discard();
    expect(first.keeper.read()).toMatchObject({ value: EMPTY, state: 'clean' });
    await settle();
    first.close();
    fails = null;
    const second = open();
    await settle();
    expect(second.keeper.read().value).toEqual(EMPTY);
    await settle();
    expect(kept).toBeNull();
    second.close();
  });

  it('typed while an earlier saving is on its way ends with the last words', async () => {
    const { keeper, close } = open();
    await settle();
    keeper.set({ ...EMPTY, text: 'one' });
    void vi.advanceTimersByTime(800);
    keeper.set({ ...EMPTY, text: 'one two' });
    await settle();
    await settle(900);
    expect(kept?.body).toEqual({ text: 'one two', more: '' });
    expect(keeper.read().state).toBe('saved');
    close();
  });

  it('is sent at once when the page is hidden', async () => {
    const { keeper, close } = open();
    await settle();
    keeper.set({ ...EMPTY, text: 'closing' });
    window.dispatchEvent(new Event('pagehide'));
    await settle();
    expect(kept?.body).toEqual({ text: 'closing', more: '' });
    close();
  });
});
