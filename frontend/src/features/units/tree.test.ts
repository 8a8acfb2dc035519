import { ranked } from './tree';

const unit = (name: string, parent: string | null = null) => ({ unit: name, name, parent });
const order = (units: ReturnType<typeof unit>[]) =>
  ranked(units, 'en').map(({ unit: one, depth }) => `${depth} ${one.name}`);

describe('the order of command', () => {
  it('puts each unit under the one above it, by name and number', () => {
    expect(order([unit('10', 'army'), unit('army'), unit('9', 'army'), unit('company', '9')])).toEqual([
      '0 army',
      '1 9',
      '2 company',
      '1 10',
    ]);
  });

  it('lists a unit whose parent was not found at the top', () => {
    expect(order([unit('a', 'elsewhere')])).toEqual(['0 a']);
  });

  it('loses no unit of a circle', () => {
    expect(order([unit('a', 'b'), unit('b', 'a')]).toSorted()).toEqual(['0 a', '0 b']);
  });
});
