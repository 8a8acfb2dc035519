/** What keys, palette and buttons make the player do; each stands here once. */

import type { Playback, Player } from './contract';
import { placeOf, shownFrame } from './shown';
import { type Span, stops } from './spans';

const SPEEDS = [0.25, 0.5, 1, 2, 4];

export interface Commands {
  back(): void;
  pause(): void;
  forward(): void;
  previousStop(): void;
  nextStop(): void;
  markIn(): void;
  markOut(): void;
  region(): void;
  forget(): void;
  zoom(): void;
  still(): void;
  sound(): void;
  link(): void;
}

/** Marks and moves; what has to ask first comes from the view (`asking`). */
export function commandsOf(
  player: Player,
  playback: Playback,
  spans: readonly Span[],
  asking: Pick<Commands, 'still' | 'sound' | 'link'>,
): Commands {
  const go = (direction: 1 | -1) => {
    const { playing, rate } = player.state();
    // Pressed again in the same direction it goes faster; from rest, at the speed that was chosen.
    const speed = Math.abs(rate);
    const isSame = playing && Math.sign(rate) === direction;
    player.setRate(direction * (isSame ? (SPEEDS.find((one) => one > speed) ?? speed) : playing ? 1 : speed));
    if (!player.state().playing) player.toggle();
  };
  const jump = (to: number | undefined) => {
    if (to !== undefined) player.seek(to);
  };
  /** What is seen; while that is another one's turn, what was asked for. */
  const here = () => shownFrame(player.state()) ?? player.state().frame;
  const frames = stops(playback.shots ?? [], spans);
  return {
    ...asking,
    back: () => go(-1),
    forward: () => go(1),
    pause: () => {
      if (player.state().playing) player.toggle();
    },
    previousStop: () => jump(frames.findLast((frame) => frame < placeOf(player.state()))),
    nextStop: () => jump(frames.find((frame) => frame > placeOf(player.state()))),
    markIn: () => {
      const [frame, { mark }] = [here(), player.state()];
      player.setMark({ from: frame, to: mark && mark.to >= frame ? mark.to : frame });
    },
    markOut: () => {
      const [frame, { mark }] = [here(), player.state()];
      player.setMark({ from: mark && mark.from <= frame ? mark.from : frame, to: frame });
    },
    region: () => player.setDrawing(!player.state().drawing),
    forget: () => {
      player.setMark(null);
      player.setRegion(null);
    },
    zoom: () => player.setZoomed(!player.state().zoomed),
  };
}
