/** The checksum of ZIP archives: it finds accidents, and proves nothing. Source: ISO 3309, reflected. */

export const FINISHED = 0xffffffff;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest >>> 0;
});

/** Goes on with `checksum`, which begins as FINISHED, over these bytes. */
export function crc32(checksum: number, bytes: Uint8Array): number {
  let rest = checksum;
  for (const byte of bytes) rest = (TABLE[(rest ^ byte) & 0xff] ?? 0) ^ (rest >>> 8);
  return rest >>> 0;
}
