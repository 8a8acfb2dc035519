import { cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import type { Item } from '@/shared/desk/contract';
import { AtDesk } from '@/testing/desk';

import type { AnalysisControl as Control } from './analysis-control';

let roles: string[] = [];
let asked = 0;
const server = setupServer(
  http.get('*/api/v1/me', () => HttpResponse.json({ id: 'usr_1', name: 'Olena', roles })),
  http.post('*/api/v1/items/itm_1/analysis/renewal', () => {
    asked += 1;
    return HttpResponse.json([], { status: 202 });
  }),
);
let AnalysisControl: typeof Control;
beforeAll(async () => {
  server.listen();
  ({ AnalysisControl } = await import('./analysis-control'));
  await startWords('en');
  await allWords();
});
afterEach(cleanup);
afterAll(() => server.close());

const step = (name: string, is_older: boolean, is_cancellable = false) =>
  ({ name, capture: 'cap_1', state: is_cancellable ? 'ready' : 'done', is_older, is_cancellable }) as const;

function shown(as: string, ...steps: ReturnType<typeof step>[]) {
  roles = [as];
  const item = { item: 'itm_1', steps } as unknown as Item;
  return render(
    <AtDesk item="itm_1" player={null}>
      <AnalysisControl item={item} />
    </AtDesk>,
  );
}

describe('an item that an older version has analysed', () => {
  it('says so with the steps, and a steward has it analysed anew', async () => {
    shown('steward', step('probe', false), step('analyse', true));
    expect(await screen.findByText('Analysed by an older version: look through')).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Analyse anew' }));
    expect(asked).toBe(1);
  });

  it('says so to a reviewer, who cannot', async () => {
    shown('reviewer', step('analyse', true));
    expect(await screen.findByText(/older version/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Analyse anew' })).toBeNull();
  });

  it('says nothing while something is owed, nor where nothing is older', async () => {
    shown('lead', step('analyse', true), step('probe', false, true));
    expect(await screen.findByRole('button', { name: 'Cancel the analysis' })).toBeTruthy();
    expect(screen.queryByText(/older version/)).toBeNull();
    cleanup();
    shown('steward', step('analyse', false));
    await new Promise((done) => setTimeout(done, 50));
    expect(screen.queryByText(/older version/)).toBeNull();
    expect(screen.queryByRole('button')).toBeNull();
  });
});
