/** The files of a package, read as a stranger's: nothing in it is believed. */

import { Fault } from './finding';
import { quoted } from './text';

export const MOST_FILES = 100_000;
const LONGEST_NAME = 500;

/** Files by their names, which are relative, with `/` between parts. */
export interface Tree {
  sizes: ReadonlyMap<string, number>;
  open: (name: string) => ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A file that somebody chose or dropped, with its path below the folder they chose. */
export interface Chosen {
  path: string;
  file: File;
}

/** A package in a folder. */
export function folderTree(files: readonly Chosen[]): Tree {
  if (files.length > MOST_FILES) throw new Fault('many', { most: MOST_FILES });
  const found = new Map(files.map((one) => [one.path, one.file]));
  const sizes = new Map(files.map((one) => [one.path, one.file.size]));
  checkNames(sizes.keys());
  return {
    sizes,
    open: (name) => {
      const file = found.get(name);
      if (!file) throw new Fault('missing', { name }, name);
      return file.stream();
    },
  };
}

/** Refuses names that mean something else on some system, naming the first. */
export function checkNames(names: Iterable<string>): void {
  const folded = new Map<string, string>();
  for (const name of names) {
    if (!isSafe(name)) throw new Fault('unsafe', { name: quoted(name) });
    const key = name.toUpperCase().toLowerCase().normalize('NFC');
    const twin = folded.get(key);
    if (twin !== undefined) throw new Fault('twins', { name: quoted(name), twin: quoted(twin) });
    folded.set(key, name);
  }
}

/** Whether a relative name stays inside and means the same everywhere. */
function isSafe(name: string): boolean {
  const length = Array.from(name).length;
  return (
    length > 0 &&
    length <= LONGEST_NAME &&
    !/[\p{C}\p{Zl}\p{Zp}]/u.test(name) &&
    !/\p{Zs}/u.test(name.replaceAll(' ', '')) &&
    name.normalize('NFC') === name &&
    !/[<>:"|?*\\]/.test(name) &&
    name.split('/').every((part) => part && !/[ .]$/.test(part))
  );
}
