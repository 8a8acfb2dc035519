import { act, renderHook, waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

const begun: { body: string; key: string | null }[] = [];
let stopping: (() => void) | null = null;
let holds = false;

const server = setupServer(
  http.post('*/api/v1/picture-searches', async ({ request }) => {
    const body = await request.text();
    begun.push({ body, key: request.headers.get('Idempotency-Key') });
    return HttpResponse.json({ search: `pse_${body}` }, { status: 202 });
  }),
  http.delete('*/api/v1/picture-searches/:search', async () => {
    if (holds) await new Promise<void>((go) => (stopping = go));
    return new HttpResponse(null, { status: 204 });
  }),
);

// The client takes the fetch that is there when it is loaded, so the border stands before.
server.listen();
const { useAsking } = await import('./use-asking');

afterAll(() => server.close());

const picture = (name: string) => new File([name], `${name}.png`, { type: 'image/png' });

it('of two files chosen while an earlier search is being stopped, the newer one alone is asked with', async () => {
  const { result } = renderHook(() => useAsking());
  act(() => result.current.ask(picture('first')));
  await waitFor(() => expect(result.current.search).toBe('pse_first'));
  holds = true;
  act(() => result.current.ask(picture('second')));
  await waitFor(() => expect(stopping).not.toBeNull());
  act(() => result.current.ask(picture('third')));
  await waitFor(() => expect(result.current.search).toBe('pse_third'));
  holds = false;
  await act(async () => {
    stopping?.();
    await new Promise((go) => setTimeout(go, 50));
  });
  expect(begun.map(({ body }) => body)).toEqual(['first', 'third']);
  expect(new Set(begun.map(({ key }) => key)).size).toBe(2);
  expect([result.current.search, result.current.error, result.current.isSending]).toEqual(['pse_third', null, false]);
});
