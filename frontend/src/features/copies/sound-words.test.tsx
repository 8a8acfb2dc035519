import { render, screen } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';

import { allWords, startWords } from '@/i18n';

import type { Match } from './queries';
import { SoundWords } from './sound-words';

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

type Heard = NonNullable<Match['heard']>;

function said(sound: Match['sound'], heard: Partial<Heard> | null) {
  const whole = heard && { agrees_s: 0, differs_s: 0, unknown_s: 0, score: null, differs: [], why: null, ...heard };
  render(<SoundWords match={{ sound, heard: whole } as unknown as Match} />);
}

test('a part with another sound is told with its seconds on both sides, beside what agrees', () => {
  const differs = [{ a_start_s: 10, a_end_s: 20, b_start_s: 3, b_end_s: 13 }];
  said('differs', { differs_s: 10, agrees_s: 42, score: 0.9, differs });
  expect(screen.getByText(/The sound is another for 0:10\.0.*agrees for 0:42\.0/u)).toBeVisible();
  expect(screen.getByRole('listitem')).toHaveTextContent('Other sound: 0:10.0–0:20.0 here, 0:03.0–0:13.0 there');
});

test('sound that agrees faintly may have another over it, and that is said', () => {
  said('agrees', { agrees_s: 30, unknown_s: 5, score: 0.35 });
  expect(screen.getByText(/agrees for 0:30\.0.*another lies over it.*0:05\.0/u)).toBeVisible();
});

test('why nothing can be said is said', () => {
  said('unknown', { unknown_s: 30, why: 'too_quiet' });
  expect(screen.getByText(/cannot be said.*too little to hear/u)).toBeVisible();
});

test('a match from before the sound was listened to says so', () => {
  said('unknown', null);
  expect(screen.getByText(/nobody has listened/u)).toBeVisible();
});
