import type { Assertion } from '@/shared/desk/contract';
import { OPEN_EARLIEST, OPEN_LATEST } from '@/shared/lib/bounds';
import { typedTime } from '@/shared/lib/edtf-bounds';

import { bodyOf, draftOf, EMPTY, middleOf, type Read, spanOf } from './draft';

const KYIV = 'Europe/Kyiv';
const read = async (text: string): Promise<Read> => (text ? ((await typedTime(text, KYIV)) ?? 'wrong') : 'empty');

function stated(earliest: string, latest: string): Assertion {
  return {
    assertion: 'ast_1',
    item: 'itm_1',
    kind: 'time',
    author: 'usr_1',
    author_name: 'Olha',
    made_at: '2024-03-06T10:00:00Z',
    superseded_by: null,
    supersedes: null,
    citations: [],
    body: { about: 'capture', earliest, latest, method: 'shadow', tz: KYIV, reasoning: 'r', confidence: 'low' },
  };
}

describe('what is typed about a time', () => {
  it('takes one date alone as both ends', async () => {
    const span = spanOf(await read('2024-03-05'), 'empty');
    expect(span).toEqual({
      earliest: Date.parse('2024-03-04T22:00:00Z'),
      latest: Date.parse('2024-03-05T21:59:59.999Z'),
    });
  });

  it('is open before a latest that stands alone', async () => {
    expect(spanOf('empty', await read('2024-03-05 14:30'))).toEqual({
      earliest: OPEN_EARLIEST,
      latest: Date.parse('2024-03-05T12:30:59.999Z'),
    });
  });

  it('means nothing while a field is not understood, or the ends are the wrong way round', async () => {
    expect(spanOf(await read('2024-03-05'), await read('soon'))).toBeNull();
    expect(spanOf(await read('2024-03-05'), await read('2024-03-04'))).toBeNull();
    expect(spanOf('empty', 'empty')).toBeNull();
    expect(bodyOf({ ...EMPTY, method: 'shadow' }, null, KYIV)).toBeNull();
  });

  it.each([
    ['2024-03-04T22:00:00Z', '2024-03-05T21:59:59.999Z'],
    ['2024-03-05T12:30:15Z', '2024-03-05T12:30:15.999Z'],
    ['2024-03-05T12:30:15.250Z', '2024-03-05T12:31:07.125Z'],
    ['1800-01-01T00:00:00Z', '2024-03-05T12:30:00Z'],
    ['2024-03-05T12:30:00Z', new Date(OPEN_LATEST).toISOString()],
  ])('revises %s to %s without moving either end', async (earliest, latest) => {
    const draft = draftOf(stated(earliest, latest));
    const again = spanOf(await read(draft.earliest), await read(draft.latest));
    expect(again).toEqual({ earliest: Date.parse(earliest), latest: Date.parse(latest) });
  });
});

it('an open end is no time to look around at', () => {
  const [earliest, latest] = [Date.UTC(2024, 2, 5), Date.UTC(2024, 2, 7)];
  expect(middleOf({ earliest, latest })).toBe(Date.UTC(2024, 2, 6));
  expect(middleOf({ earliest, latest: OPEN_LATEST })).toBe(earliest);
  expect(middleOf({ earliest: OPEN_EARLIEST, latest })).toBe(latest);
  expect([middleOf({ earliest: OPEN_EARLIEST, latest: OPEN_LATEST }), middleOf(null)]).toEqual([null, null]);
});
