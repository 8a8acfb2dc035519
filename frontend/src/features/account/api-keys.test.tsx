import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { startWords } from '@/i18n';

import type { ApiKeys as Keys } from './api-keys';

const KEY = { key: 'key_1', name: 'scout', roles: ['submitter'], last_used_at: null, revoked_at: null };
const failed = () => HttpResponse.json({ code: 'our_fault', title: '', detail: 'Broken.' }, { status: 500 });
const server = setupServer();
let ApiKeys: typeof Keys;
beforeAll(async () => {
  // The client takes the fetch that is there when it is loaded, so the border stands before.
  server.listen();
  ({ ApiKeys } = await import('./api-keys'));
  await startWords('en');
});
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

function show() {
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <ApiKeys roles={['submitter']} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

it('keys that cannot be read are not taken for none', async () => {
  server.use(http.get('*/api/v1/keys', failed));
  show();
  expect(await screen.findByRole('alert')).toHaveTextContent('Something went wrong on our side');
});

it('a key that could not be ended is said to stand', async () => {
  server.use(
    http.get('*/api/v1/keys', () => HttpResponse.json({ data: [KEY], page: {}, count: {} })),
    http.delete('*/api/v1/keys/:key', failed),
  );
  show();
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Something went wrong on our side');
  expect(screen.getByText('scout')).toBeVisible();
});
