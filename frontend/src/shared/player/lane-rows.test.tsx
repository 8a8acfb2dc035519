import { render } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';
import { screened } from '@/testing/desk';

import { Wave } from './lane-rows';
import { whole } from './scale';

it.each([
  ['missing', 'The shape of the sound is not drawn yet'],
  ['loading', 'Loading the shape of the sound…'],
  ['failed', 'The shape of the sound could not be loaded'],
] as const)('a shape of the sound that is %s says so, and nothing else', async (peaks, words) => {
  await startWords('en');
  await allWords();
  const { player } = screened();
  const line = { player, view: whole(player.length), durationS: null, peaks };
  const { rerender, container } = render(<Wave {...line} hasSound />);
  expect(container).toHaveTextContent(words);
  rerender(<Wave {...line} hasSound={false} />);
  expect(container).not.toHaveTextContent(words);
});

it('the waveform stands over the time it was measured over, however long the last frame is guessed to be', async () => {
  await startWords('en');
  const painted: number[] = [];
  const context = {
    scale: () => undefined,
    fillRect: (_x: number, _y: number, _w: number, h: number) => painted.push(h),
  };
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(context as never);
  vi.spyOn(HTMLCanvasElement.prototype, 'clientWidth', 'get').mockReturnValue(100);
  vi.spyOn(HTMLCanvasElement.prototype, 'clientHeight', 'get').mockReturnValue(50);
  const { player } = screened();
  // Silent as long as the frames are known to last, and loud during the last one, which stands just as long.
  const peaks = Uint8Array.from({ length: 200 }, (_, n) => (n < 100 ? 0 : 255));
  const line = { player, view: whole(player.length), hasSound: true, peaks };
  const { rerender } = render(<Wave {...line} durationS={2 * player.length} />);
  expect(new Set(painted)).toEqual(new Set([1]));
  painted.length = 0;
  rerender(<Wave {...line} durationS={null} />);
  expect(painted.filter((height) => height === 50)).toHaveLength(50);
});
