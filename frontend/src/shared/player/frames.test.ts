import {
  AIM_COUNT,
  clamped,
  frameAt,
  frameBeginningAt,
  frameMeant,
  type FrameTimes,
  readFrameTimes,
  seekTarget,
} from './frames';

/** The times of a clip whose frames last as long as `gap` says, in whole microseconds as the archive keeps them. */
function clip(count: number, gap: (n: number) => number): FrameTimes {
  const times = [0];
  for (let n = 1; n < count; n += 1) times.push((times[n - 1] ?? 0) + gap(n));
  return Float64Array.from(times, Math.round);
}

/** Numbers that look random and are the same in every run (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const draw = chance(7);
const CLIPS: [string, FrameTimes][] = [
  ['25 a second', clip(500, () => 40_000)],
  ['29.97 a second', Float64Array.from({ length: 600 }, (_, n) => Math.round((n * 1_001_000) / 30))],
  ['240 a second', clip(400, () => 4166.667)],
  ['variable', clip(400, () => 20_000 + draw() * 110_000)],
  ['very uneven', clip(200, () => (draw() < 0.1 ? 5_000_000 : 1_500 + draw() * 40_000))],
  ['two frames', clip(2, () => 33_367)],
  ['one frame', clip(1, () => 0)],
];

describe.each(CLIPS)('a clip of %s', (_name, times) => {
  const frames = [...times.keys()];

  it('comes back to every frame from every place a seek aims at', () => {
    for (const frame of frames)
      for (let attempt = 0; attempt < AIM_COUNT; attempt += 1)
        expect(frameAt(times, seekTarget(times, frame, attempt))).toBe(frame);
  });

  it('aims inside of the frame even where the decoder rounds to a ninety-thousandth of a second', () => {
    for (const frame of frames) {
      const rounded = (Math.round((seekTarget(times, frame) * 90_000) / 1e6) / 90_000) * 1e6;
      expect(frameAt(times, rounded)).toBe(frame);
    }
  });

  it('shows each frame from its own time until the next begins', () => {
    for (const frame of frames) {
      const begin = times[frame] ?? 0;
      expect(frameAt(times, begin)).toBe(frame);
      if (frame > 0) expect(frameAt(times, begin - 1)).toBe(frame - 1);
    }
  });

  it('knows a frame by what a browser calls its time, and nothing by a time between frames', () => {
    for (const frame of frames) {
      const begin = times[frame] ?? 0;
      const next = times[frame + 1];
      for (const off of [-2, 0, 2, 400]) expect(frameBeginningAt(times, begin + off)).toBe(frame);
      if (next !== undefined) expect(frameBeginningAt(times, (begin + next) / 2)).toBeNull();
    }
  });

  it('stays inside of the clip', () => {
    expect(frameAt(times, -1e6)).toBe(0);
    expect(frameAt(times, 1e15)).toBe(times.length - 1);
    expect([clamped(times, -3), clamped(times, 1e9), clamped(times, 0.4)]).toEqual([0, times.length - 1, 0]);
  });
});

describe('frames that follow each other within a thousandth of a second', () => {
  const times = Float64Array.from([0, 1, 2, 400, 800, 1200, 33_367, 33_368]);

  it.each([...times.entries()])('frame %i is known by its own beginning', (frame, begin) => {
    expect(frameBeginningAt(times, begin)).toBe(frame);
    expect(frameMeant(times, begin)).toBe(frame);
  });
});

it('a time between frames means the one on the screen, and one written to the thousandth the one it is rounded from', () => {
  const times = Float64Array.from([0, 33_367, 66_733]);
  expect([20_000, 33_000, 34_000, 66_999, 67_300, 9e9, -5].map((us) => frameMeant(times, us))).toEqual([
    0, 1, 1, 2, 2, 2, 0,
  ]);
});

describe('the bytes of frame times', () => {
  it('are read as little-endian numbers of four or eight bytes', () => {
    const times = [0, 40_000, 80_001, 4_000_000_000];
    const four = new DataView(new ArrayBuffer(16));
    const eight = new DataView(new ArrayBuffer(32));
    times.forEach((time, n) => {
      four.setUint32(n * 4, time, true);
      eight.setBigUint64(n * 8, BigInt(time), true);
    });
    expect([...readFrameTimes(four.buffer, 4)]).toEqual(times);
    expect([...readFrameTimes(eight.buffer, 8)]).toEqual(times);
  });

  it('are refused when cut off, empty or not ascending', () => {
    expect(() => readFrameTimes(new ArrayBuffer(0), 4)).toThrow(RangeError);
    expect(() => readFrameTimes(new ArrayBuffer(6), 4)).toThrow(RangeError);
    expect(() => readFrameTimes(new ArrayBuffer(8), 4)).toThrow(RangeError);
  });
});
