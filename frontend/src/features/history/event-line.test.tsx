import { cleanup, render, screen } from '@testing-library/react';

import { allWords, speak, startWords } from '@/i18n';
import { AtDesk } from '@/testing/desk';

import { type LedgerEvent, linesOf } from './chain';
import { EventLine } from './event-line';

const failure = (detail: Record<string, unknown>): LedgerEvent => ({
  seq: 1,
  sha256: 'sha256:a',
  event: {
    id: 'evt_1',
    type: 'local:step failure',
    at: '2026-11-22T12:00:00Z',
    agent: { kind: 'system', id: 'system' },
    outcome: 'failure',
    detail: { step: 'analyse', sentence: 'This file was ended after 60 s.', ...detail },
  },
});

beforeAll(async () => {
  await startWords('en');
  await allWords();
});
afterEach(async () => {
  cleanup();
  await speak('en');
});

const shown = (detail: Record<string, unknown>) => {
  const [line] = linesOf([failure(detail)]);
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
  shown({ code: 'took_too_long' });
  expect(screen.getByText(/^Це тривало довше/)).not.toHaveAttribute('lang');
  expect(screen.queryByText('This file was ended after 60 s.')).toBeNull();
});

it('a failure of before, or of a code without words, keeps the sentence of its event', async () => {
  await speak('uk');
  shown({});
  expect(screen.getByText('This file was ended after 60 s.')).toHaveAttribute('lang', 'en');
});
