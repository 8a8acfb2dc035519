/** What panels and lanes know of the player: its picture, its exact times, and what somebody marks in it. */

import type { Schemas } from '@/api/client';

export type Playback = Schemas['Playback'];
export type ShieldKind = 'sketch' | 'blur' | 'grey' | 'clear';

/** A marked span in frames, both included. */
export interface Mark {
  readonly from: number;
  readonly to: number;
}

/** A rectangle on the picture in percent of its size (media fragments, `xywh=percent:`), 0 <= value <= 100. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface PlayerState {
  /** The frame shown, or asked for while `confirmed` is false; counts from 0 in presentation order. */
  readonly frame: number;
  /** Whether the decoder has said that exactly this frame is on the screen. */
  readonly confirmed: boolean;
  /** Set when the decoder could not be brought to `frame`: the one it shows instead, null where it does not say. */
  readonly amiss: { readonly shown: number | null } | null;
  /** The frame that the decoder last told to be on the screen; null while it has told none, or it is not known which. */
  readonly shown: number | null;
  /** Whether somebody asked for the video's picture; until then a still of the server stands for it. */
  readonly begun: boolean;
  /** The frame of that still, while it is on the screen. */
  readonly still: number | null;
  readonly playing: boolean;
  /** Speed of playing; negative plays backwards by stepping. */
  readonly rate: number;
  readonly muted: boolean;
  readonly mark: Mark | null;
  readonly region: Region | null;
  readonly drawing: boolean;
  readonly shield: ShieldKind;
  /** While a key is held the picture is clear. */
  readonly peeking: boolean;
  readonly zoomed: boolean;
}

/** The player as an external store: a moving playhead re-renders only who asks for it. */
export interface Player {
  /** Digest of the preserved original whose frames these are, whatever copy is played: 64 hex digits. */
  readonly original: string;
  readonly frames: number;
  subscribe(listener: () => void): () => void;
  state(): PlayerState;
  /**
   * Presentation time of a frame in the original's stream, in seconds to the microsecond; frame 0 is at the stream's
   * start. Media fragments know no time before zero: a stream that starts there counts from its first frame.
   */
  timeOf(frame: number): number;
  /** The frame that a written presentation time means: `frameAt(timeOf(n))` is n, also through a citation's text. */
  frameAt(seconds: number): number;
  seek(frame: number): void;
  step(by: number): void;
  toggle(): void;
  setRate(rate: number): void;
  setMuted(muted: boolean): void;
  setMark(mark: Mark | null): void;
  setRegion(region: Region | null): void;
  setDrawing(drawing: boolean): void;
  setShield(shield: ShieldKind): void;
  setPeeking(peeking: boolean): void;
  setZoomed(zoomed: boolean): void;
}
