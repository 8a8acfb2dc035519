import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from '@tanstack/react-router';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import { AtDesk } from '@/testing/desk';

import type { PublishPanel as Panel } from './publish-panel';

const published: unknown[] = [];
const server = setupServer(
  http.get('*/api/v1/me', () => HttpResponse.json({ id: 'usr_1', may: { publish: true } })),
  http.post('*/publication', async ({ request }) => {
    published.push(await request.json());
    return HttpResponse.json({ pid: 'rec_1', version: 1 });
  }),
);
let PublishPanel: typeof Panel;
beforeAll(async () => {
  // The client takes the fetch that is there when it is loaded, so the border stands before.
  server.listen();
  ({ PublishPanel } = await import('./publish-panel'));
  await startWords('en');
  await allWords();
});
afterAll(() => server.close());

it('says who will see a version from then on, and publishes it only when that is confirmed', async () => {
  const root = createRootRoute();
  const more = { sensitivity: 'restricted', workflow: 'triaged', files: [{ role: 'original' }] };
  const bench = createRoute({
    getParentRoute: () => root,
    path: '/',
    component: () => (
      <AtDesk item="itm_1" player={null} more={more as never}>
        <PublishPanel />
      </AtDesk>
    ),
  });
  const router = createRouter({
    routeTree: root.addChildren([bench]),
    history: createMemoryHistory({ initialEntries: ['/'] }),
  });
  render(<RouterProvider router={router as never} />);
  fireEvent.click(await screen.findByRole('radio', { name: 'Researchers' }));
  await waitFor(() => expect(screen.getByRole('button', { name: 'Publish' })).toBeEnabled());
  fireEvent.click(screen.getByRole('button', { name: 'Publish' }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent(/role of researcher, reviewer, lead or steward/);
  expect(dialog).toHaveTextContent(/for fewer people: “Restricted”/);
  expect(dialog).toHaveTextContent(/cannot be taken back/);
  expect(published).toEqual([]);
  fireEvent.click(screen.getByRole('button', { name: 'Publish for: Researchers' }));
  expect(await screen.findByText(/Version 1 is published/)).toBeInTheDocument();
  expect(published).toEqual([{ sensitivity: 'researcher' }]);
});
