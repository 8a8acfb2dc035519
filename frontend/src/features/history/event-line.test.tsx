import { cleanup, render, screen } from '@testing-library/react';

import { allWords, speak, startWords } from '@/i18n';
import { AtDesk } from '@/testing/desk';

import { type LedgerEvent, linesOf } from './chain';
import { EventLine } from './event-line';

const event = (type: string, outcome: string, detail: Record<string, unknown>): LedgerEvent => ({
  seq: 1,
  sha256: 'sha256:a',
  event: {
    id: 'evt_1',
    type,
    at: '2026-11-22T12:00:00Z',
    agent: { kind: 'system', id: 'system' },
    outcome,
    detail,
  },
});
const failure = (detail: Record<string, unknown>) =>
  event('local:step failure', 'failure', { step: 'analyse', sentence: 'This file was ended after 60 s.', ...detail });
const creation = (step: string, ...outcomes: string[]) =>
  event('creation', 'success', {
    step,
    products: outcomes.map((outcome) => ({
      kind: 'k',
      sha256: outcome === 'made' ? 'ab' : null,
      payload: { outcome, sentence: `It ended as ${outcome}.` },
    })),
  });

beforeAll(async () => {
  await startWords('en');
  await allWords();
});
afterEach(async () => {
  cleanup();
  await speak('en');
});

const shown = (told: LedgerEvent) => {
  const [line] = linesOf([told]);
  if (line)
    render(
      <AtDesk item="itm_1" player={null}>
        <ol>
          <EventLine line={line} />
        </ol>
      </AtDesk>,
    );
};

it('a step that failed says why in the reader’s language, by the code that its event bears', async () => {
  await speak('uk');
  shown(failure({ code: 'took_too_long' }));
  expect(screen.getByText(/^Це тривало довше/)).not.toHaveAttribute('lang');
  expect(screen.queryByText('This file was ended after 60 s.')).toBeNull();
});

it('a failure of before, or of a code without words, keeps the sentence of its event', async () => {
  await speak('uk');
  shown(failure({}));
  expect(screen.getByText('This file was ended after 60 s.')).toHaveAttribute('lang', 'en');
});

it.each([
  ['faces', 'no_model', 'The archive could not do the step “look where faces are”: no model for it is installed'],
  [
    'ocr',
    'no_program',
    'The archive could not do the step “read the text in the pictures”: no program for it is installed',
  ],
  ['redact', 'no_faces', 'The archive did the step “make a copy that hides faces”; no file came of it'],
  ['redact', 'made', 'The archive made products in the step “make a copy that hides faces”'],
])('tells of the step %s that ended as %s what it did, and of no product that is not there', (step, outcome, words) => {
  shown(creation(step, outcome));
  expect(screen.getByText(words)).toBeInTheDocument();
  if (outcome === 'no_faces') expect(screen.getByText('It ended as no_faces.')).toBeInTheDocument();
});

it('says in the reader’s language what a step was in want of, for all originals; one that was served counts', async () => {
  await speak('uk');
  shown(creation('speech', 'no_model', 'no_model'));
  expect(screen.getByText(/бо моделі для цього не встановлено$/)).toBeInTheDocument();
  cleanup();
  shown(creation('speech', 'no_model', 'made'));
  expect(screen.getByText(/виготовлено похідні/)).toBeInTheDocument();
});
