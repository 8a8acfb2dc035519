import { boxesAt, type Faces, stretchesOf } from './faces';

const span = (start: number, end: number, x = 10) => ({
  start_pts: Math.round(start * 1000),
  start_s: start,
  end_pts: Math.round(end * 1000),
  end_s: end,
  x,
  y: 20,
  width: 30,
  height: 40,
  confidence: 0.9,
});
const found = (...tracks: ReturnType<typeof span>[][]): Faces => ({
  original: 'a'.repeat(64),
  product: 'b'.repeat(64),
  content: null,
  outcome: 'looked',
  sentence: 'Looked.',
  versions: {},
  parameters: {},
  every_s: 0.125,
  time_base: '1/1000',
  tracks: tracks.map((spans) => ({ spans })),
  is_cut: false,
  is_outdated: false,
  hidden_copy: null,
});

it('a box stands from its first frame on and no longer in the first frame after it', () => {
  const faces = found([span(1, 1 + 1 / 3, 10), span(1 + 1 / 3, 2, 50)]);
  expect(boxesAt(faces, 0.999)).toEqual([]);
  expect(boxesAt(faces, 1)).toEqual([{ x: 10, y: 20, w: 30, h: 40 }]);
  // As a frame time is told: rounded to the microsecond, here down.
  expect(boxesAt(faces, 1.333333).map(({ x }) => x)).toEqual([50]);
  expect(boxesAt(faces, 2)).toEqual([]);
});

it('faces that are there at the same time make one stretch with the most there are at once', () => {
  const faces = found([span(1, 3)], [span(2, 4)], [span(4, 5)], [span(7, 8)]);
  expect(stretchesOf(faces)).toEqual([
    { from: 1, to: 5, most: 2 },
    { from: 7, to: 8, most: 1 },
  ]);
});

it('where no face was found there is no stretch', () => {
  expect(stretchesOf(found())).toEqual([]);
});
