import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { allWords, startWords } from '@/i18n';
import type { UnitShown } from '@/shared/register/queries';

import type { UnitEditor as Editor } from './unit-editor';

const seen = {
  unit: 'unt_1',
  version: 1,
  name: 'Old name',
  names: [],
  sources: [],
  garrison: 'Here',
  author: 'p1',
  made_at: '2026-01-01T00:00:00Z',
};
const theirs = { ...seen, version: 2, name: 'Their name', note: 'Their note', author: 'p2' };
const puts: { match: string | null; body: Record<string, unknown> }[] = [];
const server = setupServer(
  http.get('*/api/v1/people', () => HttpResponse.json({ data: [{ id: 'p2', name: 'Olena' }] })),
  http.put('*/api/v1/units/unt_1', async ({ request }) => {
    const match = request.headers.get('If-Match');
    puts.push({ match, body: (await request.json()) as Record<string, unknown> });
    return match === '"1"'
      ? HttpResponse.json({ code: 'stale', title: 'Stale', current: theirs }, { status: 412 })
      : HttpResponse.json({ ...theirs, version: 3 });
  }),
);

let UnitEditor: typeof Editor;
let meKey: readonly unknown[];

beforeAll(async () => {
  server.listen();
  // The client keeps the fetch it finds when it is loaded.
  ({ UnitEditor } = await import('./unit-editor'));
  meKey = (await import('@/api/queries')).meQuery.queryKey;
  await startWords('en');
  await allWords();
});
beforeEach(() => {
  localStorage.clear();
  puts.length = 0;
});
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

function knownAs(person: string): QueryClient {
  const queries = new QueryClient();
  queries.setQueryData(meKey, { id: person });
  return queries;
}

function show(onDone = () => undefined, person = 'usr_olha') {
  const unit = { ...seen, versions: [seen] } as UnitShown;
  render(
    <MantineProvider>
      <QueryClientProvider client={knownAs(person)}>
        <UnitEditor unit={unit} etag={'"1"'} onDone={onDone} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe('describing a unit anew', () => {
  it('keeps what is typed when the page is left', async () => {
    show();
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), '!');
    expect(JSON.parse(localStorage.getItem('svidok.register/usr_olha/unit:unt_1') ?? '{}')).toMatchObject({
      description: { name: 'Old name!' },
      version: 1,
    });
  });

  it('shows nobody what another person typed at this browser', async () => {
    show();
    await userEvent.type(screen.getByRole('textbox', { name: 'Name' }), '!');
    cleanup();
    show(undefined, 'usr_ivan');
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveValue('Old name');
  });

  it('settles a conflict field by field and then saves over the version it saw', async () => {
    const done = vi.fn(() => undefined);
    show(done);
    const name = screen.getByRole('textbox', { name: 'Name' });
    await userEvent.clear(name);
    await userEvent.type(name, 'My name');
    await userEvent.click(screen.getByRole('button', { name: 'Save as a new version' }));
    expect(
      await screen.findByRole('alert', { name: 'Somebody saved before you' }, { timeout: 8000 }),
    ).toBeInTheDocument();
    expect(await screen.findByText(/Olena saved version 2/)).toBeInTheDocument();
    expect(screen.getByRole('radio', { name: 'My name' })).toBeChecked();
    await userEvent.click(screen.getByRole('radio', { name: 'Their note' }));
    await userEvent.click(screen.getByRole('button', { name: 'Go on with this choice' }));
    await userEvent.click(screen.getByRole('button', { name: 'Save as a new version' }));
    await waitFor(() => expect(done).toHaveBeenCalled());
    expect(puts.map((put) => put.match)).toEqual(['"1"', '"2"']);
    expect(puts[1]?.body).toMatchObject({ name: 'My name', note: 'Their note', garrison: 'Here' });
    expect(localStorage.getItem('svidok.register/usr_olha/unit:unt_1')).toBeNull();
  }, 30_000);
});
