import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';

import { allWords, startWords } from '@/i18n';

import type { Compared } from './comparison-query';
import { Surroundings } from './surroundings';

type Around = NonNullable<Compared['surroundings']>;

const comments = { state: 'not_offered' as const, kept: 0, announced: null, why: null, content: null };
const track = {
  made_by: 'human' as const,
  language: 'uk',
  format: 'srt',
  name: '',
  sha256: 'a',
  content: '/track',
  why: null,
};

function shown(around: Partial<Around>) {
  const whole: Around = {
    error: null,
    offered_human: 0,
    offered_automatic: 0,
    ceilings_met: [],
    tracks: [],
    comments,
    ...around,
  };
  const capture = { surroundings: whole, originals: [] } as unknown as Compared;
  return render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <MantineProvider>
        <Surroundings capture={capture} />
      </MantineProvider>
    </QueryClientProvider>,
  );
}

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

afterEach(() => void vi.unstubAllGlobals());

it('says that nothing was offered', () => {
  shown({});
  expect(screen.getByText('The source offered no subtitles.')).toBeVisible();
  expect(screen.getByText('The source offered no comments.')).toBeVisible();
});

it('keeps what people and machines made apart, and tells what did not come and what was left', async () => {
  vi.stubGlobal('fetch', async () => new Response('1\n00:00:01,000 --> 00:00:02,000\nперші слова'));
  const missing = { ...track, made_by: 'automatic' as const, language: '../x', content: null, why: 'bytes' };
  shown({ tracks: [track, missing], offered_human: 1, offered_automatic: 3, ceilings_met: ['bytes'] });
  expect(screen.getByText(/made by people/)).toHaveTextContent('Ukrainian (uk), made by people');
  expect(screen.getByText(/automatic/)).toHaveTextContent('../x, automatic');
  expect(screen.getByText('It did not come: size')).toBeVisible();
  expect(screen.getByText('2 more tracks were offered and not taken.')).toBeVisible();
  expect(screen.getByText('Ceilings met: size. What came after them is missing.')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Read the subtitles: Ukrainian (uk)' }));
  expect(await screen.findByText(/перші слова/)).toBeVisible();
});

it('loads comments only when asked, twenty at a time, with the ceiling told and whom an answer is for', async () => {
  const written = Array.from({ length: 30 }, (_, number) => ({
    id: `${number}`,
    author: `R${number}`,
    text: `w${number}`,
  }));
  const answers = [{ ...written[0], timestamp: 1e99 }, { ...written[1], parent: '0' }, ...written.slice(2)];
  const ask = vi.fn(async () => Response.json({ comments: answers }));
  vi.stubGlobal('fetch', ask);
  shown({ comments: { state: 'ceiling', kept: 30, announced: 75, why: 'comments', content: '/comments' } });
  expect(screen.getByText(/30 comments were kept/)).toHaveTextContent(
    'A ceiling was met: number of comments. The source says there are 75.',
  );
  expect(ask).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole('button', { name: 'Show the comments' }));
  expect(await screen.findByText('w19')).toBeVisible();
  expect(screen.getByText('Answers R0')).toBeVisible();
  expect(screen.queryByText('w20')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Show more (10 are left)' }));
  expect(screen.getByText('w29')).toBeVisible();
});

it('comments that are sealed are told of and not loaded', () => {
  shown({ comments: { state: 'failed', kept: 2, announced: null, why: 'HTTP Error 500', content: null } });
  expect(screen.getByText(/broke off after 2 comments: HTTP Error 500/)).toBeVisible();
  expect(screen.getByText(/They are sealed/)).toBeVisible();
  expect(screen.queryByRole('button')).toBeNull();
});
