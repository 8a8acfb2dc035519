import { readWanted, timecode } from './timecode';

describe('a timecode', () => {
  it('counts hours, minutes, seconds and milliseconds', () => {
    expect(timecode(3723.004)).toBe('01:02:03.004');
    expect(timecode(0)).toBe('00:00:00.000');
    expect(timecode(59.9996)).toBe('00:01:00.000');
    expect(timecode(360_000)).toBe('100:00:00.000');
  });

  it('can be typed again', () => {
    for (let ms = 0; ms < 8_000_000; ms += 1_237) {
      const wanted = readWanted(timecode(ms / 1000));
      expect(wanted && 'seconds' in wanted ? wanted.seconds : null).toBeCloseTo(ms / 1000, 6);
    }
  });
});

describe('what somebody types', () => {
  it.each([
    ['f110', { frame: 110 }],
    ['F 110', { frame: 110 }],
    ['к110', { frame: 110 }],
    [' 110 ', { frame: 110 }],
    ['4.4', { seconds: 4.4 }],
    ['4,4', { seconds: 4.4 }],
    ['1:02', { seconds: 62 }],
    ['90:00', { seconds: 5400 }],
    ['00:00:04.400', { seconds: 4.4 }],
    ['1:00:04', { seconds: 3604 }],
  ])('%s is understood', (typed, wanted) => expect(readWanted(typed)).toEqual(wanted));

  it.each(['', 'f', 'x4', '1:60', '1:75:00', '4.', '-3', '1:2:3:4', '1e3'])('%s is refused', (typed) =>
    expect(readWanted(typed)).toBeNull(),
  );
});
