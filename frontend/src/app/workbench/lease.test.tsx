import { act, renderHook } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import type { Lease, useLease as use } from './lease';

let isReached = true;
let asked = 0;
const mine = (): Lease => ({
  holder: { id: 'usr_1', name: 'Olena' },
  taken_at: new Date().toISOString(),
  until: new Date(Date.now() + 600_000).toISOString(),
  mine: true,
  asked_by: null,
});
const server = setupServer(
  http.put('*/api/v1/items/itm_1/lease', () => {
    asked += 1;
    return isReached ? HttpResponse.json(mine()) : HttpResponse.error();
  }),
  http.delete('*/api/v1/items/itm_1/lease', () => new HttpResponse(null, { status: 204 })),
);
let useLease: typeof use;
beforeAll(async () => {
  server.listen();
  ({ useLease } = await import('./lease'));
});
afterAll(() => server.close());

it('a renewal that failed is none: it is said, and tried again with the next change', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { result } = renderHook(() => useLease('itm_1', null));
  await act(async () => result.current.touch());
  await vi.waitFor(() => expect(result.current.lease?.mine).toBe(true));
  isReached = false;
  vi.setSystemTime(Date.now() + 61_000);
  await act(async () => result.current.touch());
  await vi.waitFor(() => expect(result.current.isUnsure).toBe(true));
  expect(asked).toBe(2);
  await act(async () => result.current.touch());
  expect(asked).toBe(2);
  isReached = true;
  vi.setSystemTime(Date.now() + 3_500);
  await act(async () => result.current.touch());
  await vi.waitFor(() => expect(result.current.isUnsure).toBe(false));
  expect(asked).toBe(3);
  vi.useRealTimers();
});
