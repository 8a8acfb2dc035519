/** A player over a video element that names a frame only when the decoder has said that it is on the screen. */

import type { Mark, Player, PlayerState, Region, ShieldKind } from './contract';
import {
  AIM_COUNT,
  clamped,
  endOf,
  frameAt,
  frameBeginningAt,
  frameMeant,
  type FrameTimes,
  seekTarget,
  timeAt,
} from './frames';
import { placeOf } from './shown';

/** How long after a seek the decoder may keep silent about what it shows. */
const SILENCE_MS = 1500;
/** Playing backwards looks this often for the next frame to show. */
const BACKWARDS_MS = 15;
const SLOWEST = 0.25;
const FASTEST = 4;
const US = 1_000_000;

export interface Clip {
  /** Digest of the original. */
  readonly original: string;
  readonly times: FrameTimes;
  /** What the browser calls frame 0, in microseconds. */
  readonly firstUs: number;
  /** Presentation time of frame 0 in the original, in seconds. */
  readonly startS: number;
}

/**
 * Seeking is one question at a time. While the decoder has not answered, a newer wish only replaces the last one: a
 * held key is shown as fast as frames come, and ends at the frame that was asked for last.
 *
 * 1. A wish sets `frame` and takes the tick away. 2. The decoder is asked for the middle of the frame's interval.
 * 3. Its frame callback tells a media time; only the wanted frame's own beginning gives the tick. 4. Another time, or
 * none, is asked again a little beside; in the end the state says what is shown instead.
 */
export class VideoPlayer implements Player {
  readonly original: string;
  readonly frames: number;
  /** How long all frames last, in seconds. */
  readonly length: number;
  /** Presentation time of frame 0, in microseconds. */
  private readonly startUs: number;
  private video: HTMLVideoElement | null = null;
  /** The frame asked of the decoder, while it has not answered. */
  private sought: number | null = null;
  private attempt = 0;
  private landed = false;
  /** The frame that a seek has brought to the screen and nothing has moved since. */
  private settled: number | null = null;
  /** While the video runs by itself the counter follows it. */
  private following = false;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private backwards: ReturnType<typeof setInterval> | undefined;
  private readonly listeners = new Set<() => void>();
  private current: PlayerState;

  constructor(
    private readonly clip: Clip,
    begin: { shield: ShieldKind; muted: boolean; frame?: number; mark?: Mark | null; region?: Region | null },
  ) {
    this.original = clip.original.replace(/^sha256:/, '');
    this.frames = clip.times.length;
    this.length = endOf(clip.times) / US;
    // Whole microseconds: a time that was written down is then read as the very same number. Before zero there are no
    // times that could be written.
    this.startUs = Math.max(0, Math.round(clip.startS * US));
    this.current = {
      frame: clamped(clip.times, begin.frame ?? 0),
      confirmed: false,
      amiss: null,
      shown: null,
      begun: begin.frame !== undefined,
      still: null,
      playing: false,
      rate: 1,
      muted: begin.muted,
      mark: begin.mark ? this.inside(begin.mark) : null,
      region: begin.region ?? null,
      drawing: false,
      shield: begin.shield,
      peeking: false,
      zoomed: false,
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  state = (): PlayerState => this.current;

  timeOf(frame: number): number {
    return (this.startUs + timeAt(this.clip.times, frame)) / US;
  }

  frameAt(seconds: number): number {
    return frameMeant(this.clip.times, Math.round(seconds * US) - this.startUs);
  }

  seek(frame: number): void {
    this.halt();
    this.want(clamped(this.clip.times, frame));
  }

  step(by: number): void {
    this.seek(placeOf(this.current) + by);
  }

  toggle(): void {
    if (this.current.playing) this.pause();
    else this.play();
  }

  setRate(rate: number): void {
    const speed = Math.min(FASTEST, Math.max(SLOWEST, Math.abs(rate)));
    const { playing } = this.current;
    if (playing) this.halt();
    this.set({ rate: rate < 0 ? -speed : speed });
    if (this.video) this.video.playbackRate = speed;
    if (playing) this.play();
  }

  setMuted(muted: boolean): void {
    if (this.video) this.video.muted = muted;
    this.set({ muted });
  }

  setMark(mark: Mark | null): void {
    this.set({ mark: mark ? this.inside(mark) : null });
  }

  setRegion(region: Region | null): void {
    this.set({ region });
  }

  setDrawing(drawing: boolean): void {
    if (drawing && this.current.playing) this.pause();
    this.set({ drawing });
  }

  setShield(shield: ShieldKind): void {
    this.set({ shield });
  }

  setPeeking(peeking: boolean): void {
    this.set({ peeking });
  }

  setZoomed(zoomed: boolean): void {
    this.set({ zoomed });
  }

  /** Tells which frame the still shows that stands for the video; null when it is gone. */
  setStill(still: number | null): void {
    this.set({ still });
  }

  /** When a frame begins, in seconds since frame 0. */
  since(frame: number): number {
    return timeAt(this.clip.times, frame) / US;
  }

  /** The frame on the screen so many seconds after frame 0. */
  frameSince(seconds: number): number {
    return frameAt(this.clip.times, seconds * US);
  }

  /** The element whose picture this is, while there is one. */
  screen(): HTMLVideoElement | null {
    return this.video;
  }

  /** Takes a video element as the screen; the returned function lets go of it. */
  attach(video: HTMLVideoElement): () => void {
    const gone = new AbortController();
    const on = (name: string, told: () => void) => video.addEventListener(name, told, { signal: gone.signal });
    this.video = video;
    video.muted = this.current.muted;
    video.playbackRate = Math.abs(this.current.rate);
    on('loadedmetadata', () => this.resume());
    on('seeked', () => this.land());
    on('play', () => this.set({ playing: true }));
    on('pause', () => this.backwards === undefined && this.set({ playing: false }));
    on('volumechange', () => this.set({ muted: video.muted }));
    on('error', () => this.fail());
    document.addEventListener('visibilitychange', () => this.seen(), { signal: gone.signal });
    let callback = 0;
    const told: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      callback = video.requestVideoFrameCallback(told);
      this.told(mediaTime);
    };
    callback = video.requestVideoFrameCallback(told);
    if (video.readyState >= HTMLMediaElement.HAVE_METADATA) this.resume();
    return () => {
      gone.abort();
      video.cancelVideoFrameCallback(callback);
      this.fail();
      this.video = null;
    };
  }

  /** Nothing can be said of the picture any more, and whatever comes in its place comes behind the shield. */
  private fail(): void {
    clearTimeout(this.silence);
    this.stopBackwards();
    this.sought = this.settled = null;
    this.following = false;
    this.set({ playing: false, confirmed: false, shown: null, peeking: false });
  }

  private play(): void {
    if (this.current.rate < 0) {
      this.set({ begun: true, playing: true });
      this.playBackwards();
      return;
    }
    const { video } = this;
    if (!video) return;
    clearTimeout(this.silence);
    this.sought = this.settled = null;
    this.following = true;
    this.set({ begun: true, playing: true, amiss: null });
    video.play().catch(() => this.set({ playing: false }));
  }

  private pause(): void {
    this.halt();
    // After going backwards, playing on means forwards.
    this.set({ rate: Math.abs(this.current.rate) });
  }

  /** Whatever runs, stops; the frame on the screen stays. */
  private halt(): void {
    this.stopBackwards();
    this.video?.pause();
    this.set({ playing: false });
  }

  private playBackwards(): void {
    this.stopBackwards();
    const begun = performance.now();
    const from = timeAt(this.clip.times, this.current.frame);
    this.backwards = setInterval(() => {
      const at = from - (performance.now() - begun) * 1000 * Math.abs(this.current.rate);
      const frame = frameAt(this.clip.times, at);
      if (frame !== this.current.frame) this.want(frame);
      if (at <= 0) this.pause();
    }, BACKWARDS_MS);
  }

  private stopBackwards(): void {
    clearInterval(this.backwards);
    this.backwards = undefined;
  }

  private want(frame: number): void {
    this.following = false;
    this.set({ frame, begun: true, amiss: null, confirmed: this.settled === frame && this.sought === null });
    if (this.sought === null && !this.current.confirmed) this.ask(frame, 0);
  }

  private ask(frame: number, attempt: number): void {
    const { video } = this;
    this.settled = null;
    if (!video || video.readyState < HTMLMediaElement.HAVE_METADATA) return;
    clearTimeout(this.silence);
    this.sought = frame;
    this.attempt = attempt;
    this.landed = false;
    video.currentTime = (this.clip.firstUs + seekTarget(this.clip.times, frame, attempt)) / US;
  }

  /** The seek is over; the frame callback should come, or has come. */
  private land(): void {
    if (this.sought === null || this.video?.seeking) return;
    this.landed = true;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.missed(null), SILENCE_MS);
  }

  private told(mediaTime: number): void {
    const us = mediaTime * US - this.clip.firstUs;
    const shown = frameBeginningAt(this.clip.times, us);
    this.set({ shown });
    if (this.sought !== null) {
      if (shown === this.sought) this.settle(shown);
      else if (this.landed && !this.video?.seeking) this.missed(shown);
    } else if (this.following) {
      this.set({ frame: shown ?? frameAt(this.clip.times, us), confirmed: shown !== null });
    }
  }

  private settle(frame: number): void {
    clearTimeout(this.silence);
    this.sought = null;
    this.settled = frame;
    if (this.current.frame === frame) this.set({ confirmed: true, amiss: null });
    else this.ask(this.current.frame, 0);
  }

  private missed(shown: number | null): void {
    // A page that nobody sees is told of no frames.
    if (this.sought === null || (shown === null && document.hidden)) return;
    if (this.current.frame !== this.sought) this.ask(this.current.frame, 0);
    else if (this.attempt + 1 < AIM_COUNT) this.ask(this.sought, this.attempt + 1);
    else {
      clearTimeout(this.silence);
      this.sought = null;
      this.set({ confirmed: false, amiss: { shown } });
    }
  }

  private seen(): void {
    if (!document.hidden && this.sought !== null) this.ask(this.current.frame, 0);
  }

  /** A new screen shows what the old one showed. */
  private resume(): void {
    if (this.current.begun && !this.current.playing) this.ask(this.current.frame, 0);
  }

  private inside(mark: Mark): Mark {
    const [a, b] = [clamped(this.clip.times, mark.from), clamped(this.clip.times, mark.to)];
    return { from: Math.min(a, b), to: Math.max(a, b) };
  }

  private set(change: Partial<PlayerState>): void {
    const next = { ...this.current, ...change };
    if ((Object.keys(change) as (keyof PlayerState)[]).every((name) => this.current[name] === next[name])) return;
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}
