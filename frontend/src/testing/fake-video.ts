/** The browser's side of a video, for tests: jsdom has none. */

type Told = (now: number, frame: { mediaTime: number }) => void;

/** A clock that the test moves, and a decoder that answers when it is told to. */
export class FakeVideo extends EventTarget {
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
