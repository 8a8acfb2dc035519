/** What a note is about: what is marked or seen when it is begun. */

import { useEffect, useEffectEvent } from 'react';

import { type Citation, citationOf } from '@/shared/desk/citations';
import { usePlayer, usePlayerState } from '@/shared/player/context';
import type { Mark, PlayerState, Region } from '@/shared/player/contract';
import { fragmentOf } from '@/shared/player/fragments';
import { meantBy, shownFrame } from '@/shared/player/shown';

export interface Marked {
  /** What a note begun now would be about; null while the video runs, and while no frame is known to be on the screen. */
  readonly shown: Citation | null;
  /** The same at this very moment, also while the video runs. */
  now(): Citation | null;
  /** Whether a note can be about a part of something at all here. */
  readonly canBe: boolean;
}

/** What is marked now, as a citation: the span and the region, or the frame shown where a region is drawn on it. */
export function useMarked(): Marked {
  const player = usePlayer();
  const mark = usePlayerState((state) => state.mark);
  const region = usePlayerState((state) => state.region);
  // Nothing is drawn anew for every frame of a video that runs.
  const frame = usePlayerState(stoppedAt);
  const cite = (at: Mark | null, within: Region | null) =>
    player && at ? citationOf(player.original, fragmentOf(player, at, within)) : null;
  return {
    shown: cite(meantBy(mark, region, frame), region),
    now: () => {
      const state = player?.state();
      return state ? cite(meantBy(state.mark, state.region, shownFrame(state)), state.region) : null;
    },
    canBe: player !== null,
  };
}

const stoppedAt = (state: PlayerState) => (state.playing ? null : shownFrame(state));

/** Looks at every change of the player while somebody waits for a frame to be confirmed. */
export function useShown(isAwaited: boolean, look: () => void): void {
  const player = usePlayer();
  const changed = useEffectEvent(look);
  useEffect(() => (isAwaited && player ? player.subscribe(() => changed()) : undefined), [isAwaited, player]);
}
