import { OPEN_EARLIEST, OPEN_LATEST } from './bounds';
import { typedTime } from './edtf-bounds';

const KYIV = 'Europe/Kyiv';

async function read(text: string, zone = KYIV): Promise<string | null> {
  const found = await typedTime(text, zone);
  return found && `${new Date(found.earliest).toISOString()} ${new Date(found.latest).toISOString()}`;
}

describe('a typed time', () => {
  it.each([
    ['2024-03-05', '2024-03-04T22:00:00.000Z 2024-03-05T21:59:59.999Z'],
    ['2024-07', '2024-06-30T21:00:00.000Z 2024-07-31T20:59:59.999Z'],
    ['2024', '2023-12-31T22:00:00.000Z 2024-12-31T21:59:59.999Z'],
    ['2024-03-0X', '2024-02-29T22:00:00.000Z 2024-03-09T21:59:59.999Z'],
    ['2024-03-05/2024-03-07', '2024-03-04T22:00:00.000Z 2024-03-07T21:59:59.999Z'],
    ['2024-03-05 14:30', '2024-03-05T12:30:00.000Z 2024-03-05T12:30:59.999Z'],
    ['2024-03-05T14:30:15', '2024-03-05T12:30:15.000Z 2024-03-05T12:30:15.999Z'],
    ['2024-03-05T14:30:15.25', '2024-03-05T12:30:15.250Z 2024-03-05T12:30:15.250Z'],
    ['2024-03-05 14:30Z', '2024-03-05T14:30:00.000Z 2024-03-05T14:30:59.999Z'],
    ['2024-03-05 14:30 +03:00', '2024-03-05T11:30:00.000Z 2024-03-05T11:30:59.999Z'],
    ['05.03.2024', '2024-03-04T22:00:00.000Z 2024-03-05T21:59:59.999Z'],
    ['5.3.2024', '2024-03-04T22:00:00.000Z 2024-03-05T21:59:59.999Z'],
    ['05.03.2024 14:30', '2024-03-05T12:30:00.000Z 2024-03-05T12:30:59.999Z'],
    ['05.03.2024, 14:30 +03:00', '2024-03-05T11:30:00.000Z 2024-03-05T11:30:59.999Z'],
    ['05.03.2024/07.03.2024', '2024-03-04T22:00:00.000Z 2024-03-07T21:59:59.999Z'],
    ['2024-10-27 03:30', '2024-10-27T00:30:00.000Z 2024-10-27T01:30:59.999Z'],
  ])('%s is bounds in the local time of the place', async (text, bounds) => {
    expect(await read(text)).toBe(bounds);
  });

  it('may be open at one end', async () => {
    expect(await typedTime('../2024-03-05', 'UTC')).toMatchObject({
      earliest: OPEN_EARLIEST,
      latest: Date.parse('2024-03-05T23:59:59.999Z'),
    });
    expect(await typedTime('2024-03-05/..', 'UTC')).toMatchObject({ latest: OPEN_LATEST });
  });

  it('tells of a source that doubts and of a date that is only about right', async () => {
    expect(await typedTime('2024-03-05?', KYIV)).toMatchObject({ isUncertain: true, isApproximate: false });
    expect(await typedTime('2024-03~', KYIV)).toMatchObject({ isUncertain: false, isApproximate: true });
    expect(await typedTime('2024-03-05 14:30%', KYIV)).toMatchObject({ isUncertain: true, isApproximate: true });
    expect(await typedTime('2024-03', KYIV)).toMatchObject({ isUncertain: false, isApproximate: false });
  });

  it.each([
    '',
    'yesterday',
    '31.02.2024',
    '05.13.2024',
    '05.03.24',
    '05.03.2024.',
    '31.02.2024 12:00',
    '2024-02-30 12:00',
    '2024-03-05 25:00',
    '2024-13',
    '2500-01-01',
    '0900',
  ])('refuses %j', async (text) => {
    expect(await read(text)).toBeNull();
  });

  it('refuses a zone nobody knows', async () => {
    expect(await read('2024-03-05', 'Europe/Nowhere')).toBeNull();
  });
});
