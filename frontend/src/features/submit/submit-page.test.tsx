import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { startWords } from '@/i18n';

import type { SubmitPage as Page } from './submit-page';

const server = setupServer(
  http.post('*/api/v1/lookups', () => HttpResponse.json({ known: false })),
  http.get('*/api/v1/me', () => HttpResponse.json({ id: 'usr_1', may: { submit: true, review: false } })),
  http.get('*/api/v1/*', () => HttpResponse.json({ data: [], page: { next: null }, upload_limit_bytes: 1000 })),
);
let SubmitPage: typeof Page;
beforeAll(async () => {
  // The client takes the fetch that is there when it is loaded, so the border stands before.
  server.listen();
  ({ SubmitPage } = await import('./submit-page'));
  await startWords('en');
});
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

async function show() {
  const root = createRootRoute();
  const submit = createRoute({ getParentRoute: () => root, path: '/submit', component: SubmitPage });
  const history = createMemoryHistory({ initialEntries: ['/submit'] });
  const router = createRouter({ routeTree: root.addChildren([submit]), history });
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return screen.findByRole('textbox', { name: /Link to the post/ });
}

it('a link into a private network is told of before it is sent, and is no hindrance', async () => {
  const link = await show();
  await userEvent.type(link, 'http://192.168.0.7/cam.mp4');
  expect(screen.getByRole('status')).toHaveTextContent(/private network.*hand in the file/);
  expect(screen.getByRole('button', { name: 'Submit' })).toBeEnabled();
  await userEvent.clear(link);
  await userEvent.type(link, 'https://example.org/cam.mp4');
  expect(screen.queryByText(/private network/)).toBeNull();
});

it('an empty file is told of and not sent; one beside it is', async () => {
  await show();
  await userEvent.click(screen.getByRole('radio', { name: 'A file' }));
  await screen.findByRole('button', { name: 'Choose files' });
  const field = document.querySelector('input[type="file"]');
  if (!(field instanceof HTMLInputElement)) throw new Error('there is no field for files');
  const [empty, whole] = ['', 'a film'].map((body) => new File([body], `${body || 'none'}.mp4`, { type: 'video/mp4' }));
  await userEvent.upload(field, [empty as File]);
  expect(screen.getByRole('alert')).toHaveTextContent('This file is empty');
  expect(screen.getByRole('button', { name: 'Submit the file' })).toBeDisabled();
  await userEvent.upload(field, [empty as File, whole as File]);
  expect(screen.getByRole('button', { name: 'Submit the file' })).toBeEnabled();
});

it('what is typed stays while another way is looked at', async () => {
  await userEvent.type(await show(), 'https://example.org/a');
  await userEvent.click(screen.getByRole('radio', { name: 'A list' }));
  await userEvent.type(await screen.findByRole('textbox', { name: /paste links/ }), 'https://example.org/b');
  await userEvent.click(screen.getByRole('radio', { name: 'A link' }));
  expect(await screen.findByRole('textbox', { name: /Link to the post/ })).toHaveValue('https://example.org/a');
  await userEvent.click(screen.getByRole('radio', { name: 'A list' }));
  expect(await screen.findByRole('textbox', { name: /paste links/ })).toHaveValue('https://example.org/b');
});

it('a link to a port that is not the web’s own is told of before it is sent', async () => {
  const link = await show();
  await userEvent.type(link, 'https://example.com:22/x');
  expect(screen.getByRole('status')).toHaveTextContent(/port that is not one of the web/);
  expect(screen.getByRole('button', { name: 'Submit' })).toBeEnabled();
  await userEvent.clear(link);
  await userEvent.type(link, 'https://example.com:8443/x');
  expect(screen.queryByText(/port that is not/)).toBeNull();
});

it('what the look-up refuses stands under the field before it is sent, and goes when it is mended', async () => {
  const refusal = { code: 'invalid_url', title: 'Not an address', detail: 'The address holds a name and a password.' };
  server.use(
    http.post('*/api/v1/lookups', async ({ request }) => {
      const { url } = (await request.json()) as { url: string };
      return url.includes('@') ? HttpResponse.json(refusal, { status: 422 }) : HttpResponse.json({ known: false });
    }),
  );
  const link = await show();
  await userEvent.type(link, 'https://user:pw@example.org/x');
  expect(await screen.findByText(/a name and a password/, {}, { timeout: 3000 })).toBeVisible();
  expect(link).toBeInvalid();
  await userEvent.clear(link);
  await userEvent.type(link, 'https://example.org/x');
  expect(screen.queryByText(/a name and a password/)).toBeNull();
});

it('one of many chosen files is taken out of the list again', async () => {
  await show();
  await userEvent.click(screen.getByRole('radio', { name: 'A file' }));
  await screen.findByRole('button', { name: 'Choose files' });
  const field = document.querySelector('input[type="file"]');
  if (!(field instanceof HTMLInputElement)) throw new Error('there is no field for files');
  const files = ['one', 'two', 'three'].map((body) => new File([body], `${body}.mp4`, { type: 'video/mp4' }));
  await userEvent.upload(field, files);
  await userEvent.click(screen.getByRole('button', { name: 'Take two.mp4 out of the list' }));
  expect(screen.queryByText(/two\.mp4/)).toBeNull();
  expect(screen.getByText(/one\.mp4/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Submit 2 files' })).toBeEnabled();
});
