import { fragmentOf } from '@/shared/player/fragments';
import { readFrameTimes } from '@/shared/player/frames';
import { VideoPlayer } from '@/shared/player/store';

import { citationOf, readCitation } from './citations';
import { markOf } from './fragment';

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

interface Stream {
  readonly name: string;
  /** Seconds in a tick, as a fraction. */
  readonly base: readonly [bigint, bigint];
  /** Ticks from one frame to the next. */
  readonly gap: (draw: () => number) => number;
}

const STREAMS: readonly Stream[] = [
  { name: '25 a second', base: [1n, 12_800n], gap: () => 512 },
  { name: '29.97 a second', base: [1n, 90_000n], gap: () => 3003 },
  { name: '29.97 a second, counted in frames', base: [1001n, 30_000n], gap: () => 1 },
  { name: '23.976 a second in milliseconds', base: [1n, 1000n], gap: (draw) => 41 + (draw() < 0.7 ? 1 : 0) },
  { name: '59.94 a second', base: [1n, 60_000n], gap: () => 1001 },
  { name: '240 a second', base: [1n, 15_360n], gap: () => 64 },
  { name: 'variable', base: [1n, 90_000n], gap: (draw) => 1 + Math.floor(draw() ** 3 * 40_000) },
  { name: 'in thirds of a microsecond', base: [1n, 3_000_000n], gap: (draw) => 3 + Math.floor(draw() * 9) },
];
const STARTS = ['at zero', 'early', 'late', 'since 1970', 'before zero'] as const;

function startOf(kind: (typeof STARTS)[number], [up, down]: Stream['base'], draw: () => number): bigint {
  const seconds = {
    'at zero': 0,
    early: draw() * 2,
    late: draw() * 90_000,
    'since 1970': 1.7e9,
    'before zero': -draw(),
  };
  if (kind === 'at zero') return 0n;
  return (BigInt(Math.round(seconds[kind] * 1000)) * down) / (up * 1000n) + BigInt(Math.floor(draw() * 7));
}

/** A fraction's nearest whole number; between two, the even one, as the archive rounds. */
function rounded(up: bigint, down: bigint): bigint {
  const [whole, twice] = [up / down, (up % down) * 2n];
  return twice > down || (twice === down && whole % 2n === 1n) ? whole + 1n : whole;
}

/** A player as the archive describes a stream: times to the microsecond since the first, the start as a float. */
function playerOf({ base: [up, down], gap }: Stream, start: (typeof STARTS)[number], seed: number): VideoPlayer {
  const draw = chance(seed);
  const first = startOf(start, [up, down], draw);
  let ticks = 0n;
  const bytes = new DataView(new ArrayBuffer(80 * 8));
  for (let frame = 0; frame < 80; frame += 1) {
    bytes.setBigUint64(frame * 8, rounded(ticks * up * 1_000_000n, down), true);
    ticks += BigInt(gap(draw));
  }
  const startS = Number(first * up) / Number(down);
  return new VideoPlayer(
    { original: 'a'.repeat(64), times: readFrameTimes(bytes.buffer, 8), firstUs: 0, startS },
    { shield: 'sketch', muted: true },
  );
}

/** What a citation of these frames is read back as. */
function readBack(player: VideoPlayer, from: number, to: number) {
  const { fragment } = readCitation(citationOf('a'.repeat(64), fragmentOf(player, { from, to }, null)));
  return fragment && markOf(player, fragment);
}

describe.each(STREAMS)('a stream of $name', (stream) => {
  it.each(STARTS)('that starts %s: every frame comes back from its citation as the same frame', (start) => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const player = playerOf(stream, start, seed);
      for (let frame = 0; frame < player.frames; frame += 1)
        if (readBack(player, frame, frame)?.from !== frame || player.frameAt(player.timeOf(frame)) !== frame)
          expect.fail(`seed ${seed}: frame ${frame} came back as ${JSON.stringify(readBack(player, frame, frame))}`);
    }
  });

  it.each(STARTS)('that starts %s: every span comes back with both of its ends', (start) => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const [player, draw] = [playerOf(stream, start, seed), chance(seed + 1000)];
      for (let n = 0; n < 60; n += 1) {
        const from = Math.floor(draw() * player.frames);
        const to = from + Math.floor(draw() * (player.frames - from));
        expect({ seed, ...readBack(player, from, to) }).toEqual({ seed, from, to });
      }
    }
  });

  it('written to a thousandth of a second, where its frames are further apart, comes back too', () => {
    const player = playerOf(stream, 'early', 1);
    for (let frame = 0; frame + 1 < player.frames; frame += 1) {
      const begin = player.timeOf(frame);
      const isAlone = begin - player.timeOf(frame - 1) > 0.002 || frame === 0;
      if (isAlone && player.timeOf(frame + 1) - begin > 0.002)
        expect(player.frameAt(Number(begin.toFixed(3)))).toBe(frame);
    }
  });
});
