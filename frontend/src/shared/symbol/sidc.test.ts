import { makeSidc, readSidc } from './sidc';

describe('symbol codes', () => {
  it('makes a number code that reads as what it was made of', () => {
    const code = makeSidc('hostile', 'brigade', 'motorised');
    expect(code).toBe('10061000181211040000');
    expect(readSidc(code)).toEqual({ form: 'number', affiliation: 'hostile', echelon: 'brigade', duty: 'motorised' });
  });

  it('reads letter codes', () => {
    expect(readSidc('SHGPUCI----F---')).toEqual({
      form: 'letter',
      affiliation: 'hostile',
      echelon: 'battalion',
      duty: null,
    });
  });

  it.each(['', '1006', 'shgpuci----f---', '1006100018121104000X'])('knows what is no code: %s', (code) => {
    expect(readSidc(code)).toBeNull();
  });
});
