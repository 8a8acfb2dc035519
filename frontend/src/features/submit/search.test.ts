import { sharedAddress, sharedNote, submitSearch } from './search';

describe('what another program shares', () => {
  it('is found whether it comes as an address or inside a text', () => {
    expect(sharedAddress({ url: 'https://example.org/v/1' })).toBe('https://example.org/v/1');
    expect(sharedAddress({ text: 'Звернення мобілізованих (https://example.org/v/2).' })).toBe(
      'https://example.org/v/2',
    );
    expect(sharedAddress({ text: 'no address here' })).toBe('');
  });

  it('leaves its other words for the note', () => {
    expect(sharedNote({ title: 'Звернення', text: 'https://example.org/v/2 Іркутськ' })).toBe('Звернення\nІркутськ');
  });

  it('keeps nothing of the address bar but the three fields it knows', () => {
    expect(submitSearch({ url: 'https://a.example', evil: 'x', text: 3 })).toEqual({ url: 'https://a.example' });
  });
});
