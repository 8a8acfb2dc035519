import { VideoPlayer } from './store';

type Told = (now: number, frame: { mediaTime: number }) => void;

/** The browser's side of a video: a clock that the test moves, and a decoder that answers when it is told to. */
class FakeVideo extends EventTarget {
  readyState = 1;
  muted = false;
  playbackRate = 1;
  paused = true;
  seeking = false;
  seeks: number[] = [];
  private callback: Told | null = null;
  private at = 0;

  get currentTime() {
    return this.at;
  }

  set currentTime(seconds: number) {
    this.at = seconds;
    this.seeking = true;
    this.seeks.push(seconds);
  }

  requestVideoFrameCallback(callback: Told) {
    this.callback = callback;
    return 1;
  }

  cancelVideoFrameCallback() {
    this.callback = null;
  }

  play() {
    this.paused = false;
    this.dispatchEvent(new Event('play'));
    return Promise.resolve();
  }

  pause() {
    if (this.paused) return;
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }

  land() {
    this.seeking = false;
    this.dispatchEvent(new Event('seeked'));
  }

  present(mediaTime: number) {
    this.callback?.(0, { mediaTime });
  }
}

const times = Float64Array.from({ length: 100 }, (_, n) => n * 40_000);
const FIRST_S = 0.08;

function started(frame?: number) {
  const video = new FakeVideo();
  const player = new VideoPlayer(
    { times, firstUs: FIRST_S * 1e6, startS: 1.4 },
    { shield: 'sketch', muted: true, ...(frame === undefined ? {} : { frame }) },
  );
  const release = player.attach(video as unknown as HTMLVideoElement);
  const show = (shown: number) => {
    video.land();
    video.present(FIRST_S + shown * 0.04);
  };
  return { player, video, release, show };
}

const soughtFrame = (video: FakeVideo) => Math.floor(((video.seeks.at(-1) ?? 0) - FIRST_S) / 0.04 + 1e-9);

describe('the player', () => {
  it('seeks nothing and confirms nothing until somebody asks', () => {
    const { player, video } = started();
    video.present(FIRST_S);
    expect(video.seeks).toEqual([]);
    expect(player.state()).toMatchObject({ frame: 0, confirmed: false, begun: false, muted: true });
  });

  it('confirms a frame only when the decoder says exactly this one', () => {
    const { player, video, show } = started();
    player.step(1);
    expect(player.state()).toMatchObject({ frame: 1, confirmed: false });
    video.present(FIRST_S);
    expect(player.state().confirmed).toBe(false);
    show(1);
    expect(player.state()).toMatchObject({ frame: 1, confirmed: true });
  });

  it('goes to the frame an address names as soon as the video is there', () => {
    const { player, video, show } = started(42);
    expect(soughtFrame(video)).toBe(42);
    show(42);
    expect(player.state()).toMatchObject({ frame: 42, confirmed: true, begun: true });
  });

  it('asks one question at a time and ends at the last wish', () => {
    const { player, video, show } = started();
    for (let n = 0; n < 30; n += 1) player.step(1);
    expect(video.seeks).toHaveLength(1);
    expect(player.state().frame).toBe(30);
    show(1);
    expect(video.seeks).toHaveLength(2);
    expect(soughtFrame(video)).toBe(30);
    expect(player.state().confirmed).toBe(false);
    show(30);
    expect(player.state()).toMatchObject({ frame: 30, confirmed: true });
    expect(video.seeks).toHaveLength(2);
  });

  it('asks again beside when another frame comes, and then says which one stands there', () => {
    const { player, video, show } = started();
    player.seek(10);
    show(11);
    show(11);
    expect(player.state().amiss).toBeNull();
    show(11);
    expect(video.seeks).toHaveLength(3);
    expect(new Set(video.seeks).size).toBe(3);
    expect(player.state()).toMatchObject({ frame: 10, confirmed: false, amiss: { shown: 11 } });
    player.seek(12);
    show(12);
    expect(player.state()).toMatchObject({ frame: 12, confirmed: true, amiss: null });
  });

  it('never takes a time between frames for a frame', () => {
    const { player, video } = started();
    player.seek(10);
    for (let n = 0; n < 3; n += 1) {
      video.land();
      video.present(FIRST_S + 0.42);
    }
    expect(player.state()).toMatchObject({ confirmed: false, amiss: { shown: null } });
  });

  it('asks again when the decoder keeps silent', () => {
    vi.useFakeTimers();
    const { player, video, show } = started();
    player.seek(10);
    video.land();
    vi.advanceTimersByTime(5_000);
    expect(video.seeks).toHaveLength(2);
    show(10);
    expect(player.state().confirmed).toBe(true);
    vi.useRealTimers();
  });

  it('does not seek to the frame that stands there already', () => {
    const { player, video, show } = started();
    player.seek(10);
    show(10);
    player.seek(10);
    expect(video.seeks).toHaveLength(1);
    expect(player.state().confirmed).toBe(true);
  });

  it('follows the video while it plays, and keeps the last frame it told of when it stops', () => {
    const { player, video } = started();
    player.toggle();
    video.present(FIRST_S + 5 * 0.04);
    expect(player.state()).toMatchObject({ frame: 5, confirmed: true, playing: true });
    player.toggle();
    video.present(FIRST_S + 6 * 0.04);
    expect(player.state()).toMatchObject({ frame: 6, confirmed: true, playing: false });
    expect(video.seeks).toEqual([]);
  });

  it('plays backwards by stepping, and forwards again afterwards', () => {
    vi.useFakeTimers();
    const { player, video, show } = started();
    player.seek(50);
    show(50);
    player.setRate(-2);
    player.toggle();
    vi.advanceTimersByTime(500);
    expect(player.state()).toMatchObject({ frame: 25, playing: true, rate: -2 });
    expect(video.seeks).toHaveLength(2);
    vi.advanceTimersByTime(10_000);
    expect(player.state()).toMatchObject({ frame: 0, playing: false, rate: 2 });
    vi.useRealTimers();
  });

  it('keeps within the clip and within speeds that a browser plays', () => {
    const { player } = started();
    player.seek(1e9);
    expect(player.state().frame).toBe(99);
    player.step(-1e9);
    expect(player.state().frame).toBe(0);
    player.setRate(100);
    expect(player.state().rate).toBe(4);
    player.setMark({ from: 300, to: -4 });
    expect(player.state().mark).toEqual({ from: 0, to: 99 });
  });

  it('tells presentation times of the original', () => {
    const { player } = started();
    expect(player.timeOf(10)).toBeCloseTo(1.8, 9);
    for (let frame = 0; frame < 100; frame += 1) expect(player.frameAt(player.timeOf(frame))).toBe(frame);
  });

  it('tells its listeners of changes only, and none after it was let go', () => {
    const { player, video, release } = started();
    const heard = vi.fn();
    player.subscribe(heard);
    player.setShield('blur');
    player.setShield('blur');
    expect(heard).toHaveBeenCalledTimes(1);
    release();
    heard.mockClear();
    video.present(FIRST_S);
    video.land();
    expect(heard).not.toHaveBeenCalled();
  });

  it('shows the same frame on a new screen', () => {
    const { player, show, release } = started();
    player.seek(7);
    show(7);
    release();
    const next = new FakeVideo();
    player.attach(next as unknown as HTMLVideoElement);
    expect(soughtFrame(next)).toBe(7);
  });
});
