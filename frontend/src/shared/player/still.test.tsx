import { screened } from '@/testing/desk';

import { NoStill, takeStill } from './still';

const SUBJECT = { item: 'itm_1', original: 'a'.repeat(64), isFromOriginal: true, isToneMapped: false };

describe('a still', () => {
  it('is of the frame that was asked for or of none', async () => {
    const { player, show } = screened({ frame: 10 });
    show(10);
    player.step(1);
    show(11);
    expect(player.state()).toMatchObject({ frame: 11, confirmed: true });
    await expect(takeStill(player, SUBJECT, 'sketch', 10)).rejects.toThrow(NoStill);
  });

  it('is of no frame that the decoder has not confirmed', async () => {
    const { player } = screened({ frame: 10 });
    await expect(takeStill(player, SUBJECT, 'sketch', 10)).rejects.toThrow(NoStill);
  });
});
