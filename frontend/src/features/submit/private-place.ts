/**
 * Whether an address leads into a private network or to the machine itself, as far as its host alone tells: names that
 * no public name server answers for (RFC 6761, 6762, 8375, 9476 and names without a dot), and special-purpose addresses
 * (RFC 6890). Where a public name leads is known only once it is asked; the server decides.
 */
export function isPrivatePlace(address: string): boolean {
  let host: string;
  try {
    ({ hostname: host } = new URL(address));
  } catch {
    return false;
  }
  if (!/^https?:/i.test(address) || !host) return false;
  if (host.startsWith('[')) return isPrivateSix(host.slice(1, -1));
  // The parser has written every way to spell such an address, as `0x7f.1`, as four numbers.
  const four = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(host);
  if (four) return isPrivateFour(Number(four[1]), Number(four[2]));
  const name = host.replace(/\.$/, '');
  return !name.includes('.') || PRIVATE_NAMES.test(name);
}

/** Whether an address leads to a port that is none of the web's own: the archive calls only those, unless it is told otherwise. */
export function isOddPort(address: string): boolean {
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return false;
  const { port } = new URL(address);
  // The usual one of each scheme is left out by the parser.
  return port !== '' && !WEB_PORTS.includes(port);
}

const WEB_PORTS = ['80', '443', '8080', '8443'];

const PRIVATE_NAMES = /\.(localhost|local|internal|home\.arpa|localdomain|lan|alt|test|invalid)$/;

function isPrivateFour(first: number, second: number): boolean {
  return (
    [0, 10, 127].includes(first) ||
    first >= 224 ||
    (first === 100 && second >= 64 && second < 128) ||
    (first === 169 && second === 254) ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168)
  );
}

function isPrivateSix(host: string): boolean {
  const mapped = /^::ffff:([0-9a-f]+):[0-9a-f]+$/.exec(host);
  if (mapped) {
    const head = Number.parseInt(mapped[1] ?? '', 16);
    return isPrivateFour(head >> 8, head & 255);
  }
  return host === '::' || host === '::1' || /^(f[cd]|fe[89ab]|ff)/.test(host);
}
