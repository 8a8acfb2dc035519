import { meantBy } from './shown';

const REGION = { x: 1, y: 2, w: 3, h: 4 };

describe('what a citation is about', () => {
  it('is the marked span, wherever the video stands', () => {
    expect(meantBy({ from: 10, to: 20 }, null, 90)).toEqual({ from: 10, to: 20 });
    expect(meantBy({ from: 10, to: 20 }, REGION, 15)).toEqual({ from: 10, to: 20 });
    expect(meantBy({ from: 10, to: 20 }, REGION, null)).toEqual({ from: 10, to: 20 });
  });

  it('is the frame itself where a region stands on one outside of the span', () =>
    expect(meantBy({ from: 10, to: 20 }, REGION, 90)).toEqual({ from: 90, to: 90 }));

  it('is the frame on the screen without a span, and nothing where nobody knows which that is', () => {
    expect(meantBy(null, REGION, 0)).toEqual({ from: 0, to: 0 });
    expect(meantBy(null, REGION, null)).toBeNull();
  });
});
