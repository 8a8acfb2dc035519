import { act, renderHook } from '@testing-library/react';

import { useLive } from './live';

/** The browser's stream of events, which gives up for good after an answer that is none. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static made: FakeSource[] = [];
  readyState = 0;

  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  fail(isFinal: boolean) {
    this.readyState = isFinal ? 2 : 0;
    this.dispatchEvent(new Event('error'));
  }

  close() {
    this.readyState = 2;
  }
}

beforeEach(() => {
  FakeSource.made = [];
  vi.stubGlobal('EventSource', FakeSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('a live stream comes back after an answer that is none, and has the whole asked for when it goes and when it comes', async () => {
  const [heard, back] = [vi.fn(), vi.fn()];
  const { result, unmount } = renderHook(() => useLive({ item: 'itm_1' }, { lease: heard }, back));
  const [first] = FakeSource.made;
  await vi.waitFor(() => expect(first).toBeDefined());
  act(() => first?.open());
  await vi.waitFor(() => expect(result.current).toBe('open'));
  act(() => first?.fail(true));
  await vi.waitFor(() => expect(result.current).toBe('lost'));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSource.made).toHaveLength(2);
  act(() => FakeSource.made[1]?.fail(true));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSource.made).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSource.made).toHaveLength(3);
  expect(back).toHaveBeenCalledTimes(2);
  act(() => FakeSource.made[2]?.open());
  await vi.waitFor(() => expect(result.current).toBe('open'));
  expect(back).toHaveBeenCalledTimes(3);
  FakeSource.made[2]?.dispatchEvent(new MessageEvent('lease', { data: '{"mine":true}' }));
  expect(heard).toHaveBeenCalledWith({ mine: true });
  unmount();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSource.made).toHaveLength(3);
});

it('leaves a broken line to the browser, which knows where it stopped', async () => {
  renderHook(() => useLive({ item: 'itm_1' }, {}, vi.fn()));
  act(() => FakeSource.made[0]?.fail(false));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSource.made).toHaveLength(1);
});
