import { openLevels } from './levels';

it('whoever reviews closes an item and does not open it further', () => {
  expect(openLevels('researcher', false)).toEqual(['researcher', 'restricted']);
  expect(openLevels('restricted', false)).toEqual(['restricted']);
});

it('a lead or steward lets it be for anybody; sealing is another deed', () => {
  expect(openLevels('restricted', true)).toEqual(['public', 'researcher', 'restricted']);
});
