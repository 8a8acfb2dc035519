import { canonical } from '@/shared/lib/canonical';

import { sha256 } from './digest';

describe('the canonical form of a record', () => {
  it('orders members by code units and writes numbers as the standard does', () => {
    const shown = { '\u20ac': 1, '\r': 2, '1': [56.0, 1e30, 4.5, 0.002, 1e-27], a: { z: null, b: true } };
    expect(canonical(shown)).toBe('{"\\r":2,"1":[56,1e+30,4.5,0.002,1e-27],"a":{"b":true,"z":null},"€":1}');
  });

  it('digests its bytes in UTF-8', async () => {
    expect(await sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
