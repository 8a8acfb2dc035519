import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

import { allWords, startWords } from '@/i18n';

import type { MapView as View } from './map';
import type { PlaceSearch as Search } from './place-search';

const place = (
  geonames_id: number,
  name: string,
  names: string[],
  admin: string,
  country: string,
  population: number,
) => ({
  geonames_id,
  name,
  names,
  country,
  admin,
  lat: 48.6,
  lon: 38,
  population,
  timezone: 'Europe/Kyiv',
  feature: null,
});
const server = setupServer(
  http.get('*/api/v1/map', () => HttpResponse.json({ basemap: null, land: null, policy: [], layers: [] })),
  http.get('*/api/v1/places', () =>
    HttpResponse.json({ data: [], page: { next: null, limit: 4 }, count: { value: 0, relation: 'eq' } }),
  ),
  http.get('*/api/v1/gazetteer', ({ request }) =>
    HttpResponse.json({
      data:
        new URL(request.url).searchParams.get('q') === 'Артемовск'
          ? [
              place(1, 'Bakhmut', ['Артемовск'], 'Donetsk Oblast', 'UA', 75_798),
              place(2, 'Kypuche', ['Артемовск'], 'Luhansk Oblast', 'UA', 7155),
            ]
          : [],
    }),
  ),
);

let MapView: typeof View;
let PlaceSearch: typeof Search;
beforeAll(async () => {
  server.listen();
  Element.prototype.scrollIntoView = () => undefined;
  // The client keeps the fetch it finds when it is loaded.
  ({ MapView } = await import('./map'));
  ({ PlaceSearch } = await import('./place-search'));
  await startWords('en');
  await allWords();
});
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

function show(what: React.ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider>
      <QueryClientProvider client={queries}>{what}</QueryClientProvider>
    </MantineProvider>,
  );
}

describe('a map without WebGL', () => {
  const point = { id: 'a', at: { lat: 48.6, lon: 38 }, label: 'Camera' };

  it('says so, and its points are buttons all the same', async () => {
    const picked = vi.fn();
    show(
      <MapView label="Places" points={[point]} bounds={{ west: 37, south: 48, east: 39, north: 49 }} onPick={picked} />,
    );
    const pin = await screen.findByRole('button', { name: /Camera, 48\.60000, 38\.00000/ }, { timeout: 8000 });
    expect(screen.getByText(/This browser draws no WebGL 2/)).toBeVisible();
    await userEvent.click(pin);
    expect(picked).toHaveBeenCalledWith('a');
  });

  it('takes its middle by Enter, and moves by arrow keys', async () => {
    const clicked = vi.fn();
    show(<MapView label="Places" bounds={{ west: 37, south: 48, east: 39, north: 49 }} onClick={clicked} />);
    const map = await screen.findByRole('application');
    map.focus();
    await userEvent.keyboard('{Enter}{ArrowRight}{Enter}');
    const [[before], [after]] = clicked.mock.calls as [[{ lat: number; lon: number }], [{ lat: number; lon: number }]];
    expect(before).toMatchObject({ lat: 48.5, lon: 38 });
    expect(after.lon).toBeGreaterThan(38);
    expect(after.lat).toBe(48.5);
  });

  it('moves a point by arrow keys', async () => {
    const dragged = vi.fn();
    show(
      <MapView
        label="Places"
        points={[point]}
        movable={['a']}
        onDrag={dragged}
        bounds={{ west: 37, south: 48, east: 39, north: 49 }}
      />,
    );
    (await screen.findByRole('button', { name: /Camera/ })).focus();
    await userEvent.keyboard('{ArrowUp}');
    expect(dragged).toHaveBeenCalledWith('a', expect.objectContaining({ lon: 38 }));
    const [[, to]] = dragged.mock.calls as [[string, { lat: number }]];
    expect(to.lat).toBeGreaterThan(48.6);
  });
});

describe('the search for a place', () => {
  it('tells places of one former name apart by region and population, and takes one by keyboard', async () => {
    const picked = vi.fn();
    show(<PlaceSearch onPick={picked} />);
    await userEvent.type(screen.getByLabelText('Find a place'), 'Артемовск');
    expect(await screen.findByText('Luhansk Oblast, Ukraine, 7,155 people')).toBeInTheDocument();
    expect(screen.getByText('Donetsk Oblast, Ukraine, 75,798 people')).toBeInTheDocument();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    expect(picked).toHaveBeenCalledWith(
      expect.objectContaining({ name: 'Артемовск', note: expect.stringContaining('Luhansk') }),
    );
  });

  it('reads coordinates without asking anybody', async () => {
    const picked = vi.fn();
    show(<PlaceSearch onPick={picked} />);
    await userEvent.type(screen.getByLabelText('Find a place'), '48.6N 37.9E');
    await screen.findByText('48.60000, 37.90000');
    await userEvent.keyboard('{ArrowDown}{Enter}');
    await waitFor(() =>
      expect(picked).toHaveBeenCalledWith(
        expect.objectContaining({ at: { lat: 48.6, lon: 37.9 }, typed: '48.6N 37.9E', name: null }),
      ),
    );
  });

  it('says that there is none', async () => {
    show(<PlaceSearch onPick={() => undefined} />);
    await userEvent.type(screen.getByLabelText('Find a place'), 'Atlantis');
    expect(await screen.findByText(/No place of that name/)).toBeInTheDocument();
  });
});
