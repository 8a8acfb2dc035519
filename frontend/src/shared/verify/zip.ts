/** A package in a ZIP archive, read by its one table of contents. Source: APPNOTE.TXT 6.3, sections 4.3 and 4.5. */

import { crc32, FINISHED } from './crc';
import { chunksOf } from './digests';
import { Fault } from './finding';
import { quoted } from './text';
import { checkNames, MOST_FILES, type Tree } from './tree';

const LARGEST_RATIO = 200;
const LARGEST_TABLE_BYTES = 256 << 20;
const NONE_32 = 0xffffffff;
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES, LOCATOR_BYTES, END_64_BYTES] = [30, 46, 22, 20, 56];
const [STORED, DEFLATED] = [0, 8];

interface Entry {
  name: string;
  rawName: Uint8Array;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  mode: number;
  offset: number;
}

interface Table {
  count: number;
  size: number;
  offset: number;
}

/**
 * 1. Nothing stands before the first file or after the table, and no two files share bytes: programs that read archives
 * from other ends see the same. 2. Every entry is a plain file, and no trap. 3. No name is there twice.
 */
export async function zipTree(archive: File): Promise<Tree> {
  const all = await entriesOf(archive);
  const entries = all.filter((one) => !one.name.endsWith('/'));
  if (entries.length > MOST_FILES) throw new Fault('many', { most: MOST_FILES });
  entries.forEach(refuseTrap);
  const names = new Set(entries.map((one) => one.name));
  if (names.size !== entries.length) throw new Fault('double');
  const tops = new Set(entries.map((one) => one.name.split('/')[0] ?? ''));
  const [top = ''] = tops;
  const prefix = tops.size === 1 && top && !names.has('bagit.txt') ? `${top}/` : '';
  const within = (one: Entry) => (one.name.startsWith(prefix) ? one.name.slice(prefix.length) : one.name);
  const found = new Map(entries.map((one) => [within(one), one]));
  const sizes = new Map(entries.map((one) => [within(one), one.size]));
  checkNames(sizes.keys());
  return {
    sizes,
    open: (name) => {
      const entry = found.get(name);
      if (!entry) throw new Fault('missing', { name }, name);
      return unpacked(archive, entry);
    },
  };
}

async function entriesOf(archive: File): Promise<Entry[]> {
  const none = new Fault('noArchive', { name: quoted(archive.name) });
  const table = await tableOf(archive, none);
  const view = new DataView(await archive.slice(table.offset, table.offset + table.size).arrayBuffer());
  const entries: Entry[] = [];
  let at = 0;
  while (at < view.byteLength) {
    if (at + CENTRAL_BYTES > view.byteLength || view.getUint32(at, true) !== 0x02014b50) throw none;
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const end = at + CENTRAL_BYTES + (nameBytes ?? 0) + (extraBytes ?? 0) + (commentBytes ?? 0);
    if (end > view.byteLength) throw none;
    entries.push(entryOf(view, at, nameBytes ?? 0, extraBytes ?? 0, none));
    at = end;
  }
  if (entries.length !== table.count || !areApart(entries, table.offset)) throw none;
  return entries;
}

/** Where the table of contents is: it ends where the archive's last record begins, and that one ends the file. */
async function tableOf(archive: File, none: Fault): Promise<Table> {
  const endAt = archive.size - END_BYTES;
  const view = new DataView(await archive.slice(Math.max(0, endAt)).arrayBuffer());
  if (endAt < 0 || view.getUint32(0, true) !== 0x06054b50 || view.getUint16(20, true) !== 0) throw none;
  let table = { count: view.getUint16(10, true), size: view.getUint32(12, true), offset: view.getUint32(16, true) };
  let tableEnd = endAt;
  const locator = new DataView(await archive.slice(Math.max(0, endAt - LOCATOR_BYTES), endAt).arrayBuffer());
  if (locator.byteLength === LOCATOR_BYTES && locator.getUint32(0, true) === 0x07064b50) {
    tableEnd = endAt - LOCATOR_BYTES - END_64_BYTES;
    const wide = new DataView(await archive.slice(Math.max(0, tableEnd), endAt - LOCATOR_BYTES).arrayBuffer());
    if (tableEnd < 0 || wide.getUint32(0, true) !== 0x06064b50) throw none;
    table = { count: wideAt(wide, 32), size: wideAt(wide, 40), offset: wideAt(wide, 48) };
  }
  if (table.offset + table.size !== tableEnd || table.size > LARGEST_TABLE_BYTES) throw none;
  return table;
}

function wideAt(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

function entryOf(view: DataView, at: number, nameBytes: number, extraBytes: number, none: Fault): Entry {
  const rawName = new Uint8Array(view.buffer, at + CENTRAL_BYTES, nameBytes);
  const flags = view.getUint16(at + 8, true);
  const isPlain = rawName.every((byte) => byte < 128);
  let name: string;
  try {
    name = new TextDecoder(flags & 0x800 || isPlain ? 'utf-8' : 'latin1', { fatal: true, ignoreBOM: true }).decode(
      rawName,
    );
  } catch {
    throw none;
  }
  const entry = {
    name,
    rawName,
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    mode: view.getUint32(at + 38, true) >>> 16,
    offset: view.getUint32(at + 42, true),
  };
  return widened(entry, new DataView(view.buffer, at + CENTRAL_BYTES + nameBytes, extraBytes), none);
}

/** Sizes beyond four gigabytes stand in an extra field, those that need it, in this order. */
function widened(entry: Entry, extra: DataView, none: Fault): Entry {
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const [kind, length] = [extra.getUint16(at, true), extra.getUint16(at + 2, true)];
    if (at + 4 + length > extra.byteLength) throw none;
    if (kind === 1) {
      let place = at + 4;
      const next = (held: number) => {
        if (held !== NONE_32) return held;
        if (place + 8 > at + 4 + length) throw none;
        place += 8;
        return wideAt(extra, place - 8);
      };
      const [size, packed, offset] = [next(entry.size), next(entry.packed), next(entry.offset)];
      return { ...entry, size, packed, offset };
    }
    at += 4 + length;
  }
  return entry;
}

function areApart(entries: readonly Entry[], tableAt: number): boolean {
  let end = 0;
  for (const one of entries.toSorted((first, second) => first.offset - second.offset)) {
    if (one.offset < end || (end === 0 && one.offset !== 0)) return false;
    end = one.offset + LOCAL_BYTES + one.rawName.length + one.packed;
  }
  return end <= tableAt;
}

function refuseTrap(one: Entry): void {
  const name = quoted(one.name);
  const kind = one.mode & 0xf000;
  if (kind && kind !== 0x8000) throw new Fault('link', { name });
  if (one.flags & 1) throw new Fault('encrypted', { name });
  if (one.method !== STORED && one.method !== DEFLATED) throw new Fault('packed', { name });
  if (one.method === STORED && one.packed !== one.size) throw new Fault('packed', { name });
  if (one.size > LARGEST_RATIO * Math.max(one.packed, 1024)) throw new Fault('bomb', { name, ratio: LARGEST_RATIO });
  if (!one.rawName.every((byte) => byte < 128) && !(one.flags & 0x800)) throw new Fault('unsafe', { name });
}

/** A file's bytes; the stream breaks where they are not as many as was said, or not those of its checksum. */
function unpacked(archive: File, entry: Entry): ReadableStream<Uint8Array<ArrayBuffer>> {
  async function* read(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const local = new DataView(await archive.slice(entry.offset, entry.offset + LOCAL_BYTES).arrayBuffer());
    const [nameBytes, extraBytes] = [local.getUint16(26, true), local.getUint16(28, true)];
    const nameAt = entry.offset + LOCAL_BYTES;
    const name = new Uint8Array(await archive.slice(nameAt, nameAt + nameBytes).arrayBuffer());
    const isNamed = name.length === entry.rawName.length && name.every((byte, at) => byte === entry.rawName[at]);
    if (local.getUint32(0, true) !== 0x04034b50 || !isNamed) throw new Error('another name inside');
    const from = nameAt + nameBytes + extraBytes;
    const packed = archive.slice(from, from + entry.packed).stream();
    const plain = entry.method === STORED ? packed : packed.pipeThrough(new DecompressionStream('deflate-raw'));
    let [left, checksum] = [entry.size, NONE_32];
    for await (const chunk of chunksOf(plain)) {
      left -= chunk.length;
      if (left < 0) throw new Error('longer than it says');
      checksum = crc32(checksum, chunk);
      yield chunk;
    }
    if (left !== 0 || (checksum ^ FINISHED) >>> 0 !== entry.crc) throw new Error('not what was packed');
  }
  const bytes = read();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await bytes.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await bytes.return(undefined);
    },
  });
}
