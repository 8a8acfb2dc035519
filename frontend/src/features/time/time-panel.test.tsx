import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';
import { type Assertion, type Desk, DeskContext, type Item } from '@/shared/desk/contract';

import type { TimePanel as Panel } from './time-panel';

const server = setupServer(
  http.get('*/drafts', () => HttpResponse.json({ data: [] })),
  http.put('*/drafts/:name', () =>
    HttpResponse.json({ name: 'time', body: {}, revision: 1, saved_at: '2024-03-07T10:00:00Z' }),
  ),
  http.delete('*/drafts/:name', () => new HttpResponse(null, { status: 204 })),
  http.get('*/playback', () => HttpResponse.json({ code: 'not_found' }, { status: 404 })),
  http.get('*/gazetteer/nearest', () =>
    HttpResponse.json({
      place: {
        geonames_id: 1,
        name: 'Bakhmut',
        names: [],
        country: 'UA',
        admin: null,
        lat: 48.6,
        lon: 38,
        population: 1,
        timezone: 'Europe/Kyiv',
        feature: null,
      },
      distance_m: 1,
      country: 'UA',
      timezone: 'Europe/Kyiv',
      disputed: null,
    }),
  ),
);
let TimePanel: typeof Panel;
beforeAll(async () => {
  server.listen();
  Element.prototype.scrollIntoView = () => undefined;
  // The client keeps the fetch it finds when it is loaded.
  ({ TimePanel } = await import('./time-panel'));
  await startWords('en');
  await allWords();
});
afterEach(() => {
  server.resetHandlers();
  localStorage.clear();
});
afterAll(() => server.close());

function said(id: string, kind: Assertion['kind'], body: Record<string, unknown>): Assertion {
  const words = { reasoning: 'r', confidence: 'low', status: 'accepted' };
  const who = { author: 'usr_1', author_name: 'Olha', made_at: '2024-03-06T10:00:00Z' };
  return {
    assertion: id,
    item: 'itm_1',
    kind,
    ...who,
    superseded_by: null,
    supersedes: null,
    citations: [],
    body: { ...words, ...body },
  };
}

const CAMERA = said('ast_c', 'place', { role: 'camera', lat: 48.6, lon: 38, radius_m: 30, method: 'landmark_match' });
const bound = (id: string, earliest: string, latest: string, method: string) =>
  said(id, 'time', { about: 'capture', earliest, latest, method });

/** A desk of this item alone; what is said is handed to `say`. */
function show(
  item: string,
  assertions: Assertion[],
  say: Desk['say'],
  published_at: string | null = null,
  kept: string[] = [],
) {
  const shown = {
    item,
    assertions,
    captures: kept.map((ended_at) => ({ outcome: 'captured', ended_at })),
    files: [],
    published_at,
    source: 'https://example.org/1',
    created_at: '2024-03-07T09:00:00Z',
  };
  const desk: Desk = { item: shown as unknown as Item, locked: null, say, nameOf: () => 'Olha' };
  render(
    <MantineProvider>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <DeskContext value={desk}>
          <TimePanel />
        </DeskContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

describe('the time panel', () => {
  it('shows what all bounds leave, in the local time of the camera with UTC beneath', async () => {
    const bounds = [
      bound('ast_1', '2024-03-05T10:00:00Z', '2024-03-05T13:00:00Z', 'shadow'),
      bound('ast_2', '2024-03-05T12:00:00Z', '2024-03-05T20:00:00Z', 'platform'),
    ];
    show('itm_1', [CAMERA, ...bounds], vi.fn());
    const stack = await screen.findByRole('region', { name: 'Filmed' });
    await waitFor(() => expect(stack).toHaveTextContent('2024-03-05 14:00 – 2024-03-05 15:00 Europe/Kyiv +02:00'));
    expect(stack).toHaveTextContent('2024-03-05 12:00 – 2024-03-05 13:00 UTC');
  });

  it('says in words which bounds contradict each other', async () => {
    const bounds = [
      bound('ast_1', '2024-03-05T10:00:00Z', '2024-03-05T11:00:00Z', 'shadow'),
      bound('ast_2', '2024-03-05T12:00:00Z', '2024-03-05T20:00:00Z', 'platform'),
    ];
    show('itm_2', bounds, vi.fn());
    expect(await screen.findByText('Sun and shadow and The platform says cannot both hold')).toBeVisible();
  });

  it('takes nothing as filmed after it was kept, neither said nor typed', async () => {
    const statement = bound('ast_1', '2031-01-01T00:00:00Z', '2031-01-01T23:59:59.999Z', 'statement');
    show('itm_8', [statement], vi.fn(), null, ['2026-11-29T08:00:00Z', '2026-11-30T08:00:00Z']);
    expect(await screen.findByText("Somebody's statement and preserved here cannot both hold")).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Add a bound' }));
    fireEvent.change(screen.getByLabelText('Not before'), { target: { value: '29.11.2026' } });
    await screen.findByText('what you are typing');
    expect(screen.queryByRole('alert')).toBeNull();
    fireEvent.change(screen.getByLabelText('Not before'), { target: { value: '30.11.2026' } });
    expect(await screen.findByRole('alert')).toHaveTextContent(/preserved here at 2026-11-29 08:00/);
  });

  it('cuts at the time of keeping what reaches beyond it', async () => {
    const statement = bound('ast_1', '2026-11-01T00:00:00Z', '2026-12-31T23:59:59.999Z', 'statement');
    show('itm_9', [statement], vi.fn(), null, ['2026-11-29T08:00:00Z']);
    const stack = await screen.findByRole('region', { name: 'Filmed' });
    expect(stack).toHaveTextContent('Together they leave2026-11-01 00:00 – 2026-11-29 08:00');
  });

  it('offers the time of publication as a latest bound, ready to be said', async () => {
    const say = vi
      .fn<Desk['say']>()
      .mockResolvedValue(bound('ast_9', '1800-01-01T00:00:00Z', '2024-03-05T16:41:00Z', 'platform'));
    show('itm_3', [CAMERA], say, '2024-03-05T16:41:00Z');
    await screen.findByText(/local to Bakhmut/);
    await userEvent.click(screen.getByRole('button', { name: 'Use as a bound' }));
    await screen.findByText('what you are typing');
    expect(screen.getByRole('region', { name: 'Filmed' })).toHaveTextContent('not after 2024-03-05 18:41');
    screen.getByRole('combobox', { name: 'Confidence' }).focus();
    await userEvent.keyboard('{Enter}');
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}{Enter}');
    await userEvent.click(screen.getByRole('button', { name: 'Say it' }));
    expect(say).toHaveBeenCalledTimes(1);
    expect(say.mock.calls[0]?.[0]).toMatchObject({
      kind: 'time',
      citations: [{ target: 'https://example.org/1' }],
      body: {
        about: 'capture',
        earliest: '1800-01-01T00:00:00.000Z',
        latest: '2024-03-05T16:41:00.999Z',
        method: 'platform',
        tz: 'Europe/Kyiv',
        confidence: 'high',
      },
    });
  }, 20_000);

  it('shows and says no bound while the other end is still being read', async () => {
    const say = vi.fn<Desk['say']>();
    show('itm_5', [CAMERA], say);
    await screen.findByText(/local to Bakhmut/);
    await userEvent.click(screen.getByRole('button', { name: 'Add a bound' }));
    fireEvent.change(screen.getByLabelText('Not before'), { target: { value: '2024-03-05' } });
    await screen.findByText('what you are typing');
    fireEvent.change(screen.getByLabelText('Not after'), { target: { value: '2024-03-09' } });
    expect(screen.queryByText('what you are typing')).toBeNull();
    expect(screen.getByText('the date that is typed is still being read')).toBeVisible();
    await screen.findByText('what you are typing');
    expect(screen.getByRole('region', { name: 'Filmed' })).toHaveTextContent('2024-03-05 00:00 – 2024-03-09 23:59:59');
  });

  it('reads nothing before the zone of the place is known', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    server.use(
      http.get('*/gazetteer/nearest', async () => {
        await asked;
        return HttpResponse.json({
          place: null,
          distance_m: null,
          country: null,
          timezone: 'Asia/Irkutsk',
          disputed: null,
        });
      }),
    );
    show('itm_6', [CAMERA], vi.fn());
    await userEvent.click(await screen.findByRole('button', { name: 'Add a bound' }));
    fireEvent.change(screen.getByLabelText('Not before'), { target: { value: '2024-03-05 14:30' } });
    await new Promise((later) => setTimeout(later, 50));
    expect(screen.queryByText('what you are typing')).toBeNull();
    answer();
    await screen.findByText('what you are typing');
    expect(screen.getByRole('region', { name: 'Filmed' })).toHaveTextContent(
      '2024-03-05 06:30 – 2024-03-05 06:30:59 UTC',
    );
  });

  it('adds what the sun says to what somebody is writing already', async () => {
    show('itm_7', [CAMERA], vi.fn());
    await screen.findByText(/local to Bakhmut/);
    await userEvent.click(screen.getByRole('button', { name: 'Add a bound' }));
    fireEvent.change(screen.getByLabelText('Reasoning'), { target: { value: 'My own words.' } });
    fireEvent.change(screen.getByLabelText('Points to'), { target: { value: '350' } });
    const use = await screen.findAllByRole('button', { name: 'Use as a bound', hidden: true });
    fireEvent.click(use.at(-1) ?? expect.fail('the sun offers nothing'));
    expect(screen.getByLabelText('Reasoning')).toHaveValue('My own words.\n\nA shadow points to 350° ± 5°.');
    await screen.findByText('what you are typing');
  });

  it('closes the question as not determinable, with its reason', async () => {
    const say = vi.fn<Desk['say']>().mockResolvedValue(said('ast_8', 'note', {}));
    show('itm_4', [], say);
    await userEvent.click(await screen.findByRole('button', { name: 'It cannot be determined' }));
    await userEvent.type(screen.getByLabelText('Why can it not be determined?'), 'Indoors, no clock, no source.');
    await userEvent.click(screen.getByRole('button', { name: 'Close as not determinable' }));
    expect(say.mock.calls[0]?.[0]).toMatchObject({
      kind: 'note',
      body: { text: 'Indoors, no clock, no source.', not_determinable: 'time' },
    });
  });
});
