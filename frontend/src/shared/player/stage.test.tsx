import { MantineProvider } from '@mantine/core';
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';
import { ActionsProvider } from '@/shared/ui/actions';

import type { Playback } from './contract';
import { shownFrame } from './shown';
import { Stage } from './stage';
import { VideoPlayer } from './store';

const content = (name: string) => ({ clear: `/${name}/clear`, sketch: `/${name}/sketch`, blur: `/${name}/blur` });
const PLAYBACK = {
  width: 320,
  height: 180,
  video: { content: '/video', media_type: 'video/mp4', is_original: true },
  keyframes: [
    { frame: 12, shot: 0, time_s: 0.48, sha256: 'b', content: content('first') },
    { frame: 61, shot: 1, time_s: 2.44, sha256: 'c', content: content('second') },
  ],
} as unknown as Playback;
const times = Float64Array.from({ length: 100 }, (_, n) => n * 40_000);

beforeAll(async () => {
  // What jsdom lacks of a video and of CSS.
  HTMLVideoElement.prototype.requestVideoFrameCallback = () => 1;
  HTMLVideoElement.prototype.cancelVideoFrameCallback = () => undefined;
  vi.stubGlobal('CSS', { supports: () => true });
  Object.assign(window, { SVGFEBlendElement: Object });
  Element.prototype.setPointerCapture = () => undefined;
  await startWords('en');
  await allWords();
});

function staged(spans: Parameters<typeof Stage>[0]['spans'] = [], playback = PLAYBACK) {
  const player = new VideoPlayer(
    { original: 'a'.repeat(64), times, firstUs: 0, startS: 0 },
    { shield: 'sketch', muted: true },
  );
  const { container } = render(
    <MantineProvider>
      <ActionsProvider keys={{}}>
        <Stage player={player} playback={playback} spans={spans} onPick={() => undefined} />
      </ActionsProvider>
    </MantineProvider>,
  );
  const video = () => container.querySelector('video') ?? expect.fail('there is no video');
  return { player, container, video };
}

describe('the shield', () => {
  it('is back after a video has failed while the button to look was held', () => {
    const { player, video } = staged();
    fireEvent.pointerDown(screen.getByRole('button', { name: 'Hold to see' }), { pointerId: 1 });
    expect(video().dataset['shield']).toBe('clear');
    fireEvent.error(video());
    expect(player.state().peeking).toBe(false);
    fireEvent.click(screen.getByRole('button', { name: 'Load again' }));
    expect(video().dataset['shield']).toBe('sketch');
  });

  it('is back after a picture could not be decoded while the button to look was held', () => {
    const { player, video } = staged();
    fireEvent.pointerDown(screen.getByRole('button', { name: 'Hold to see' }), { pointerId: 1 });
    // jsdom's video has no width, as that of a browser which knows the sound alone.
    fireEvent.loadedMetadata(video());
    expect(screen.getByRole('alert')).toHaveTextContent('This browser cannot show this picture');
    expect(player.state().peeking).toBe(false);
  });

  it('is back when nobody looks at the page any more', () => {
    const { player } = staged();
    for (const [target, name] of [
      [window, 'blur'],
      [document, 'visibilitychange'],
    ] as const) {
      fireEvent.pointerDown(screen.getByRole('button', { name: 'Hold to see' }), { pointerId: 1 });
      expect(player.state().peeking).toBe(true);
      fireEvent(target, new Event(name));
      expect(player.state().peeking).toBe(false);
    }
  });
});

it('says that brightness is not as recorded where a high dynamic range was fitted to a screen', () => {
  staged();
  expect(screen.queryByText('Brightness fitted to a screen')).toBeNull();
  cleanup();
  const video = { content: '/copy', media_type: 'video/mp4', is_original: false, is_tone_mapped: true };
  staged([], { ...PLAYBACK, video });
  expect(screen.getByText('Brightness fitted to a screen')).toBeVisible();
});

describe('the still that stands for the video', () => {
  it('is known as the frame it shows, from when it is there until the video begins', () => {
    const { player, container } = staged();
    expect(shownFrame(player.state())).toBeNull();
    const still = container.querySelector('img') ?? expect.fail('there is no still');
    expect(still.getAttribute('src')).toBe('/first/sketch');
    fireEvent.load(still);
    expect(shownFrame(player.state())).toBe(12);
    fireEvent.error(still);
    expect(shownFrame(player.state())).toBeNull();
    fireEvent.load(still);
    act(() => player.seek(3));
    expect(player.state().still).toBeNull();
    expect(shownFrame(player.state())).toBeNull();
  });

  it('carries the regions of its own frame, and none of frame 0', () => {
    const region = { x: 1, y: 2, w: 3, h: 4 };
    const spans = [
      { id: 'a', kind: 'note', from: 0, to: 0, label: 'at the beginning', region },
      { id: 'b', kind: 'note', from: 12, to: 12, label: 'on the still', region },
    ];
    const { container } = staged(spans);
    expect(screen.queryByRole('button', { name: /a region of this frame/ })).toBeNull();
    fireEvent.load(container.querySelector('img') ?? expect.fail('there is no still'));
    expect(screen.getByRole('button', { name: /a region of this frame/ })).toHaveAccessibleName(/on the still/);
  });
});
