import { act, renderHook } from '@testing-library/react';

import { addressOf, initialOf, linkTo, type PlayerAddress, useAddress } from './address';
import { VideoPlayer } from './store';

const OF = 'sha256-aaaaaaaaaaaa';
const times = Float64Array.from({ length: 100 }, (_, n) => n * 40_000);

function player(search: PlayerAddress = {}) {
  return new VideoPlayer(
    { original: 'a'.repeat(64), times, firstUs: 0, startS: 0 },
    { shield: 'sketch', muted: true, ...initialOf(search) },
  );
}

describe('the address', () => {
  it('says frame, span and region, and a player begins with them', () => {
    const search = { f: 42, span: '40-60', xywh: '10,20,30,40', of: OF };
    expect(addressOf(player(search))).toEqual(search);
    expect(player({ span: '40-60' }).state().frame).toBe(40);
  });

  it('says nothing of a picture that nobody has asked for', () => expect(addressOf(player())).toEqual({}));

  it('names the frame of the still that a region was drawn on', () => {
    const one = player();
    one.setStill(12);
    expect(addressOf(one)).toEqual({});
    expect(linkTo(one, 'https://archive.example/items/itm_1')).toBe(
      `https://archive.example/items/itm_1?f=12&of=${OF}`,
    );
    one.setRegion({ x: 1, y: 2, w: 3, h: 4 });
    expect(addressOf(one)).toEqual({ f: 12, xywh: '1,2,3,4', of: OF });
  });

  it('leads to the same place from anywhere, and keeps the open panel', () => {
    const link = linkTo(player({ f: 7, xywh: '1,2,3,4' }), 'https://archive.example/items/itm_1?tab=notes&span=1-2#x');
    expect(link).toBe(`https://archive.example/items/itm_1?tab=notes&f=7&xywh=1%2C2%2C3%2C4&of=${OF}`);
  });

  it('is told once things are calm, and not told what it has said itself', () => {
    vi.useFakeTimers();
    const one = player();
    const told: PlayerAddress[] = [];
    const hook = renderHook(({ search }) => useAddress(one, search, (address) => told.push(address)), {
      initialProps: { search: {} as PlayerAddress },
    });
    for (let n = 0; n < 5; n += 1) one.step(1);
    expect(told).toEqual([]);
    act(() => vi.advanceTimersByTime(1000));
    expect(told).toEqual([{ f: 5, of: OF }]);
    hook.rerender({ search: { f: 5 } });
    expect(one.state().frame).toBe(5);
    hook.rerender({ search: { f: 80, xywh: '0,0,50,50' } });
    expect(one.state()).toMatchObject({ frame: 80, region: { x: 0, y: 0, w: 50, h: 50 } });
    hook.rerender({ search: { f: 90 } });
    expect(one.state()).toMatchObject({ frame: 90, mark: null, region: null });
    act(() => vi.advanceTimersByTime(1000));
    expect(told).toEqual([{ f: 5, of: OF }]);
    vi.useRealTimers();
  });
});
