import { exploreSearch, questionOf } from './search';

describe('the address of the exploring page', () => {
  it('keeps everything that makes sense', () => {
    const whole = {
      face: 'map',
      q: 'школа',
      unit: '9733',
      from: '2023-02-25',
      to: '2023-03-01',
      bbox: '179,-18,-179,-16',
      near: '48.0159,37.8028,10000',
      sort: '-recorded',
      columns: 'summary,place',
      sel: `rec_${'0'.repeat(26)}`,
    };
    expect(exploreSearch(whole)).toEqual(whole);
  });

  it('takes words that are a number as words', () => {
    expect(exploreSearch({ q: 95_383 })).toEqual({ q: '95383' });
  });

  it.each([
    { bbox: '0,10,1,5' },
    { bbox: '0,0,181,1' },
    { bbox: '0,0,,1' },
    { near: '91,0,10' },
    { near: '48,37,0' },
    { from: '2023-13-01' },
    { to: 'yesterday' },
    { face: 'timeline' },
    { sel: 'rec_1' },
    { q: 'x'.repeat(501) },
  ])('leaves out what makes no sense: %o', (search) => {
    expect(exploreSearch(search)).toEqual({});
  });

  it('asks for a span of time that is open where nothing was said', () => {
    expect(questionOf({ from: '2023-02-25' })).toEqual({ captured: '2023-02-25/..' });
    expect(questionOf({ to: '2023-02-25' })).toEqual({ captured: '../2023-02-25' });
    expect(questionOf({ from: '2023-02-25', to: '2023-02-26', q: 'a' })).toEqual({
      captured: '2023-02-25/2023-02-26',
      q: 'a',
    });
  });

  it('asks the archive nothing about how the answer is shown', () => {
    expect(questionOf({ face: 'grid', sort: 'place', columns: 'id', sel: 'rec_1' })).toEqual({});
  });
});
