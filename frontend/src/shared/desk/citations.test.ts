import { citationOf, readCitation, spansOf } from './citations';
import type { Assertion, Item } from './contract';
import { markOf, readFragment } from './fragment';

const SHA = 'a'.repeat(64);
/** 100 frames of 25 a second, from 1.2 s on. */
const clock = {
  original: SHA,
  frames: 100,
  frameAt: (seconds: number) => Math.min(99, Math.max(0, Math.floor((seconds - 1.2) * 25 + 0.02))),
  timeOf: (frame: number) => 1.2 + frame / 25,
};

const file = (sha256: string, capture: string, made_at: string) =>
  ({ role: 'original', sha256, capture, made_at }) as Item['files'][number];
const ITEM = { files: [file(SHA, 'cap_1', '2026-11-22T11:00:00Z')] };

function said(change: Partial<Assertion>): Assertion {
  return {
    assertion: 'ast_1',
    item: 'itm_1',
    kind: 'note',
    author: 'usr_1',
    author_name: 'Olena',
    body: { text: 'A truck', status: 'accepted' },
    citations: [],
    supersedes: null,
    superseded_by: null,
    made_at: '2026-11-22T12:00:00Z',
    ...change,
  };
}

describe('a fragment', () => {
  it('is read with its time and its region', () => {
    expect(readFragment('t=1.2,2.4&xywh=percent:10,20,30,40')).toEqual({
      time: { startS: 1.2, endS: 2.4 },
      region: { x: 10, y: 20, w: 30, h: 40 },
    });
    expect(readFragment('t=npt:0:01:02.5,')).toEqual({ time: { startS: 62.5, endS: null }, region: null });
  });

  it.each(['', 't=', 't=5,2', 't=1&t=2', 'xywh=1,2,3,4', 'xywh=percent:90,0,20,10', 'id=3', 't=1,2,3'])(
    'that is none is refused: %s',
    (text) => expect(readFragment(text)).toBeNull(),
  );

  it('means the frames from its start to the one before its end', () => {
    expect(markOf(clock, { time: { startS: 1.2, endS: 1.24 }, region: null })).toEqual({ from: 0, to: 0 });
    expect(markOf(clock, { time: { startS: 1.6, endS: 2 }, region: null })).toEqual({ from: 10, to: 19 });
    expect(markOf(clock, { time: { startS: 4.8, endS: null }, region: null })).toEqual({ from: 90, to: 99 });
  });
});

describe('a citation', () => {
  it('names a file by its digest, with or without a part', () => {
    expect(citationOf(SHA, null)).toEqual({ target: `sha256:${SHA}` });
    expect(citationOf(`sha256:${SHA}`, 't=1,2')).toEqual({
      target: `sha256:${SHA}`,
      selector: { type: 'FragmentSelector', conformsTo: 'http://www.w3.org/TR/media-frags/', value: 't=1,2' },
    });
  });

  it('is told apart by what it points at', () => {
    expect(readCitation({ target: `sha256:${SHA}` }).kind).toBe('file');
    expect(readCitation({ target: `rep_${'a'.repeat(26)}` }).kind).toBe('report');
    expect(readCitation({ target: 'https://example.org/' }).kind).toBe('url');
  });
});

describe('spans of assertions', () => {
  it('stand in the order of the video, one for each part cited', () => {
    const spans = spansOf(
      [
        said({ assertion: 'ast_2', citations: [citationOf(SHA, 't=3,3.4'), citationOf(SHA, 't=1.2,1.24')] }),
        said({ assertion: 'ast_1', kind: 'place', citations: [citationOf(SHA, 't=2,2.4&xywh=percent:1,2,3,4')] }),
      ],
      clock,
      ITEM,
    );
    expect(spans.map(({ id, kind, from, to }) => [id, kind, from, to])).toEqual([
      ['ast_2#2', 'note', 0, 0],
      ['ast_1', 'place', 20, 29],
      ['ast_2', 'note', 45, 54],
    ]);
    expect(spans[1]?.region).toEqual({ x: 1, y: 2, w: 3, h: 4 });
  });

  it('leave out what is superseded, rejected, of another file or of the whole', () => {
    const part = [citationOf(SHA, 't=2,2.4')];
    expect(
      spansOf(
        [
          said({ superseded_by: 'ast_9', citations: part }),
          said({ body: { status: 'rejected' }, citations: part }),
          said({ citations: [citationOf('b'.repeat(64), 't=2,2.4')] }),
          said({ citations: [citationOf(SHA, null)] }),
          said({ citations: [{ target: 'https://example.org/#t=2' }] }),
        ],
        clock,
        ITEM,
      ),
    ).toEqual([]);
  });

  it('go by the segment where there is one', () => {
    const spans = spansOf([said({ body: { text: 'x', segment: 't=2,2.4' }, citations: [] })], clock, ITEM);
    expect(spans).toEqual([{ id: 'ast_1', kind: 'note', label: 'x', from: 20, to: 29, region: null }]);
  });

  it('belong to the original that is cited, and without one to the original there was when it was said', () => {
    const OTHER = 'b'.repeat(64);
    const later = { files: [...ITEM.files, file(OTHER, 'cap_2', '2026-11-23T11:00:00Z')] };
    const body = { text: 'x', segment: 't=2,2.4' };
    const segments = [
      said({ assertion: 'ast_1', body }),
      said({ assertion: 'ast_2', body, made_at: '2026-11-24T12:00:00Z' }),
      said({ assertion: 'ast_3', body, citations: [citationOf(OTHER, null)] }),
      said({ assertion: 'ast_4', body, citations: [citationOf(SHA, null)] }),
    ];
    const drawn = (original: string) => spansOf(segments, { ...clock, original }, later).map(({ id }) => id);
    expect(drawn(SHA)).toEqual(['ast_1', 'ast_4']);
    expect(drawn(OTHER)).toEqual(['ast_2', 'ast_3']);
  });
});
