import { copyFor, greyOf, nextShield, restored, SHIELDS, sketchOf } from './shields';

const content = { clear: '/clear', sketch: '/sketch', blur: '/blur' };

describe('a shield', () => {
  it('shows the clear copy to nobody who did not ask for it', () => {
    expect(SHIELDS.map((shield) => copyFor(content, shield))).toEqual(['/sketch', '/blur', '/sketch', '/clear']);
    const bare = { clear: '/clear', sketch: null, blur: null };
    expect(SHIELDS.map((shield) => copyFor(bare, shield))).toEqual([null, null, null, '/clear']);
  });

  it('comes back after Escape also for those who usually have none', () => {
    expect(SHIELDS.map(restored)).toEqual(['sketch', 'blur', 'grey', 'sketch']);
  });

  it('goes round', () => expect(SHIELDS.map(nextShield)).toEqual(['blur', 'grey', 'clear', 'sketch']));
});

describe('a sketch', () => {
  it('is blank paper where nothing changes', () => {
    expect(new Set(sketchOf(new Uint8ClampedArray(64).fill(180), 8, 8))).toEqual(new Set([232]));
  });

  it('draws an edge as a dark line, and nothing beside it', () => {
    const half = Uint8ClampedArray.from({ length: 64 }, (_, n) => (n % 8 < 4 ? 20 : 220));
    const drawn = sketchOf(half, 8, 8);
    expect(Array.from(drawn.subarray(24, 32))).toEqual([232, 232, 232, 40, 40, 232, 232, 232]);
  });

  it('has no colour: what only colour shows is gone', () => {
    const points = Uint8ClampedArray.from([255, 0, 0, 255, 0, 130, 0, 255]);
    const [red, green] = greyOf(points);
    expect(Math.abs((red ?? 0) - (green ?? 0))).toBeLessThanOrEqual(1);
  });
});
