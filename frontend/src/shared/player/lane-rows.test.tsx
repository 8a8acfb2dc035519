import { render } from '@testing-library/react';

import { startWords } from '@/i18n';
import { screened } from '@/testing/desk';

import { Wave } from './lane-rows';
import { whole } from './scale';

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
