import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

const [FIRST, SECOND] = ['pse_1', 'pse_2'];
let underWay: string | null = null;
let stopped: string[] = [];

const server = setupServer(
  http.post('*/api/v1/picture-searches', () => {
    if (underWay) return HttpResponse.json({ code: 'conflict', title: '', search: underWay }, { status: 409 });
    return HttpResponse.json({ search: SECOND }, { status: 202 });
  }),
  http.delete('*/api/v1/picture-searches/:search', ({ params }) => {
    stopped.push(String(params['search']));
    underWay = null;
    return new HttpResponse(null, { status: 204 });
  }),
);

// The client takes the fetch that is there when it is loaded, so the border stands before.
server.listen();
const { begin } = await import('./queries');

beforeEach(() => {
  stopped = [];
});
afterAll(() => server.close());

const begun = () => begin(new Blob(['a picture']), 'key', new AbortController().signal);

it('stops the search that a page left under way when it was loaded anew, and begins its own', async () => {
  underWay = FIRST ?? null;
  expect(await begun()).toBe(SECOND);
  expect(stopped).toEqual([FIRST]);
});

it('stops nothing where none is under way', async () => {
  underWay = null;
  expect(await begun()).toBe(SECOND);
  expect(stopped).toEqual([]);
});
