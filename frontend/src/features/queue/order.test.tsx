import { QueryClient } from '@tanstack/react-query';

import { neighbour, rememberQueue } from './order';
import { queueQuery } from './queries';
import { queueSearch } from './search';

describe('the address of the queue', () => {
  it('keeps what it knows and nothing else', () => {
    expect(
      queueSearch({ view: 'help', workflow: 'nowhere', platform: ' Telegram ', q: 2024, order: 'oldest', more: 1 }),
    ).toEqual({ view: 'help', platform: 'Telegram', q: '2024', order: 'oldest' });
    expect(queueSearch({ q: '  ', view: 5 })).toEqual({});
  });
});

describe('next and previous in the queue', () => {
  function queue(...items: string[]): QueryClient {
    const queries = new QueryClient();
    rememberQueue({ view: 'help' });
    const page = { data: items.map((item) => ({ item })), page: { next: null, limit: 100 }, count: { value: 3 } };
    queries.setQueryData(queueQuery({ view: 'help' }).queryKey, { pages: [page], pageParams: [''] } as never);
    return queries;
  }

  it('go by the queue somebody works through', async () => {
    const queries = queue('a', 'b', 'c');
    expect(await neighbour(queries, 'a', 1)).toBe('b');
    expect(await neighbour(queries, 'c', -1)).toBe('b');
  });

  it('end at its ends', async () => {
    const queries = queue('a', 'b');
    expect(await neighbour(queries, 'b', 1)).toBeNull();
    expect(await neighbour(queries, 'a', -1)).toBeNull();
    expect(await neighbour(queue(), 'a', 1)).toBeNull();
  });

  it('begin at the first when the item has left the queue', async () => {
    expect(await neighbour(queue('b', 'c'), 'a', 1)).toBe('b');
  });
});
