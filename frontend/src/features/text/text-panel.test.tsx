import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import type { Assertion, NewAssertion } from '@/shared/desk/contract';
import { AtDesk, ORIGINAL, screened } from '@/testing/desk';

import type { TextPanel as Panel } from './text-panel';

const PRODUCT = 'b'.repeat(64);
const server = setupServer(
  http.get('*/drafts', () => HttpResponse.json({ data: [] })),
  http.get('*/items/itm_1/text', () => HttpResponse.json([reading()])),
);
let TextPanel: typeof Panel;
beforeAll(async () => {
  server.listen();
  ({ TextPanel } = await import('./text-panel'));
  await startWords('en');
  await allWords();
});
afterAll(() => server.close());

function line(text: string, isSure: boolean) {
  const place = { x: 5, y: 10, width: 40, height: 6 };
  const sighting = { keyframe: 'c'.repeat(64), time_s: 1, pts: 30, time_base: '1/30', ...place };
  const sureness = { language: 'uk', confidence: isSure ? 0.94 : 0.4, is_sure: isSure };
  return { text, start_s: 1, end_s: 1, ...sureness, seen: [{ ...sighting, text, confidence: 0.94 }] };
}

function reading() {
  const made = { versions: {}, parameters: {}, content: null, is_cut: false, heard: [] };
  const seen = [line('гава', true), line('~тт', false)];
  return { kind: 'ocr', original: ORIGINAL, product: PRODUCT, outcome: 'read', sentence: 'Read.', seen, ...made };
}

function quoted(text: string): Assertion {
  const who = { author: 'usr_1', author_name: 'Olha', made_at: '2024-03-06T10:00:00Z' };
  const body = { text, sense: 'read', machine: { product: PRODUCT, number: 0 }, status: 'accepted' };
  const kept = { item: 'itm_1', superseded_by: null, supersedes: null, citations: [], ...who };
  return { assertion: 'ast_1', kind: 'quote', body, ...kept };
}

function shown(assertions: readonly Assertion[] = [], answered: Promise<unknown> = Promise.resolve()) {
  const said: NewAssertion[] = [];
  const { player } = screened();
  const say = (one: NewAssertion) => {
    said.push(one);
    return answered.then(() => quoted('said'));
  };
  render(
    <AtDesk item="itm_1" player={player} say={say} more={{ assertions: [...assertions], steps: [] }}>
      <TextPanel />
    </AtDesk>,
  );
  return { said, player };
}

it('a line is the machine’s until a person says to read it there, in that frame and that place', async () => {
  const { said, player } = shown();
  const row = (await screen.findByText('гава')).closest('li');
  expect(row).toHaveTextContent('machine, 94% sure');
  await userEvent.click(within(row as HTMLElement).getByRole('button', { name: 'I read this' }));
  const [quote] = said as unknown as { kind: string; body: unknown; citations: { selector: { value: string } }[] }[];
  const machine = { product: PRODUCT, number: 0 };
  expect(quote).toMatchObject({ kind: 'quote', body: { text: 'гава', sense: 'read', machine } });
  const [time, region] = quote?.citations[0]?.selector.value.split('&') ?? [];
  expect(time).toMatch(new RegExp(`^t=${player.timeOf(player.frameAt(1))},`));
  expect(region).toBe('xywh=percent:5,10,40,6');
});

it('a correction takes the place of the quote before, and the machine’s words stay beside it', async () => {
  const { said } = shown([quoted('ґава')]);
  const row = (await screen.findByText('ґава')).closest('li') as HTMLElement;
  expect(row).toHaveTextContent('The machine had: гава');
  expect(row).toHaveTextContent('Read by Olha');
  expect(within(row).queryByRole('button', { name: 'I read this' })).toBeNull();
  await userEvent.click(within(row).getByRole('button', { name: 'Correct' }));
  const field = within(row).getByRole('textbox');
  await userEvent.clear(field);
  await userEvent.type(field, 'ґава!');
  await userEvent.click(within(row).getByRole('button', { name: 'Say it' }));
  expect(said).toMatchObject([{ body: { text: 'ґава!' }, supersedes: 'ast_1' }]);
});

it('letters typed while a correction is on its way stay, and the form with them; else the focus goes back', async () => {
  let answer: (value: unknown) => void = () => undefined;
  const { said } = shown([], new Promise((come) => (answer = come)));
  const row = (await screen.findByText('гава')).closest('li') as HTMLElement;
  const correct = within(row).getByRole('button', { name: 'Correct' });
  await userEvent.click(correct);
  const field = within(row).getByRole('textbox');
  await userEvent.clear(field);
  await userEvent.type(field, 'гава!');
  await userEvent.click(within(row).getByRole('button', { name: 'Say it' }));
  await userEvent.type(field, '?');
  answer(null);
  await waitFor(() => expect(within(row).getByRole('button', { name: 'Say it' })).toBeEnabled());
  expect(within(row).getByRole('textbox')).toHaveValue('гава!?');
  await userEvent.click(within(row).getByRole('button', { name: 'Say it' }));
  await waitFor(() => expect(correct).toHaveFocus());
  expect(said.map((one) => one.body)).toMatchObject([{ text: 'гава!' }, { text: 'гава!?' }]);
});

it('what the machine is not sure of is kept apart and says so', async () => {
  shown();
  const unsure = await screen.findByText('1 line the machine is not sure of');
  expect(
    within(unsure.closest('details') as HTMLElement)
      .getByText('~тт')
      .closest('li'),
  ).toHaveTextContent('machine, not sure: 40%');
});
