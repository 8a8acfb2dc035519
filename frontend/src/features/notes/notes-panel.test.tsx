import { render, screen, within } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import { citationOf } from '@/shared/desk/citations';
import type { Assertion } from '@/shared/desk/contract';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import type { NotesPanel as Panel } from './notes-panel';

const server = setupServer(http.get('*/drafts', () => HttpResponse.json({ data: [] })));
let NotesPanel: typeof Panel;
beforeAll(async () => {
  server.listen();
  ({ NotesPanel } = await import('./notes-panel'));
  await startWords('en');
  await allWords();
});
afterAll(() => server.close());

function note(text: string, citations: Assertion['citations']): Assertion {
  const who = { author: 'usr_1', author_name: 'Olha', made_at: '2024-03-06T10:00:00Z' };
  const kept = { item: 'itm_1', superseded_by: null, supersedes: null, ...who };
  return { assertion: `ast_${text}`, kind: 'note', body: { text }, citations, ...kept };
}

it('notes on another original stand neither on this video nor on the whole item', () => {
  const assertions = [
    note('whole', []),
    note('there', [citationOf('b'.repeat(64), 't=1,2')]),
    note('late', [citationOf(ORIGINAL, 't=2,2.1')]),
    note('early', [citationOf(ORIGINAL, 't=1,1.1')]),
  ];
  render(
    <AtDesk item="itm_1" player={screened().player} more={{ assertions }}>
      <NotesPanel />
    </AtDesk>,
  );
  const told = (name: string) =>
    within(screen.getByRole('list', { name }))
      .getAllByText(/^(whole|there|late|early)$/)
      .map((one) => one.textContent);
  expect(told('On the video')).toEqual(['early', 'late']);
  expect(told('On what is not shown now')).toEqual(['there']);
  expect(told('About the whole item')).toEqual(['whole']);
});
