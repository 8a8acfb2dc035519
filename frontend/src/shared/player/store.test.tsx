import { FakeVideo } from '@/testing/fake-video';

import { placeOf, shownFrame } from './shown';
import { VideoPlayer } from './store';

const times = Float64Array.from({ length: 100 }, (_, n) => n * 40_000);
const FIRST_S = 0.08;

function started(frame?: number) {
  const video = new FakeVideo();
  const player = new VideoPlayer(
    { original: 'a'.repeat(64), times, firstUs: FIRST_S * 1e6, startS: 1.4 },
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

  it('says which frame is on the screen, and nothing while another one is on its way', () => {
    const { player, show, video } = started();
    expect(shownFrame(player.state())).toBeNull();
    player.setStill(12);
    expect(shownFrame(player.state())).toBe(12);
    player.seek(10);
    expect(shownFrame(player.state())).toBeNull();
    show(10);
    expect(shownFrame(player.state())).toBe(10);
    player.toggle();
    video.present(FIRST_S + 15 * 0.04);
    expect(shownFrame(player.state())).toBe(15);
    video.present(FIRST_S + 0.63);
    expect(shownFrame(player.state())).toBeNull();
    player.seek(20);
    for (let n = 0; n < 3; n += 1) show(21);
    expect(player.state().amiss).toEqual({ shown: 21 });
    expect(shownFrame(player.state())).toBe(21);
  });

  it('stands and steps where the still does that stands for the video', () => {
    const { player, video } = started();
    expect(placeOf(player.state())).toBe(0);
    player.setStill(12);
    expect(placeOf(player.state())).toBe(12);
    player.step(1);
    expect(placeOf(player.state())).toBe(13);
    expect(video.currentTime).toBeCloseTo(FIRST_S + 13.5 * 0.04, 2);
  });

  it('says of a video that plays backwards which frame was last told', () => {
    vi.useFakeTimers();
    const { player, video, show } = started();
    player.seek(50);
    show(50);
    player.setRate(-1);
    player.toggle();
    vi.advanceTimersByTime(100);
    const asked = soughtFrame(video);
    vi.advanceTimersByTime(100);
    show(asked);
    expect(player.state().frame).toBeLessThan(asked);
    expect(shownFrame(player.state())).toBe(asked);
    vi.useRealTimers();
  });

  it('falls back behind the shield, and vouches for nothing, once the video has failed', () => {
    const { player, video, show } = started();
    player.seek(7);
    show(7);
    player.setPeeking(true);
    video.dispatchEvent(new Event('error'));
    expect(player.state()).toMatchObject({ peeking: false, confirmed: false, playing: false });
    expect(shownFrame(player.state())).toBeNull();
  });

  it('falls back behind the shield when its screen goes away', () => {
    const { player, release } = started(7);
    player.setPeeking(true);
    release();
    expect(player.state().peeking).toBe(false);
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
