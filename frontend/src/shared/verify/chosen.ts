/** What somebody has chosen or dropped to be checked: a folder with its files, or one archive. */

import { folderTree, MOST_FILES, type Chosen, type Tree } from './tree';
import { Fault } from './finding';
import { zipTree } from './zip';

/** A package before it is opened; `count` is null for an archive, whose files nobody has counted yet. */
export interface Selection {
  name: string;
  sizeBytes: number;
  count: number | null;
  open: () => Promise<Tree>;
}

export function archiveSelection(file: File): Selection {
  return { name: file.name, sizeBytes: file.size, count: null, open: () => zipTree(file) };
}

export function folderSelection(name: string, files: readonly Chosen[]): Selection {
  const sizeBytes = files.reduce((sum, one) => sum + one.file.size, 0);
  return { name, sizeBytes, count: files.length, open: async () => folderTree(files) };
}

/** What a chooser of folders gives: paths that begin with the folder's own name. Null for an empty folder. */
export function folderOfInput(files: FileList): Selection | null {
  const [first] = files;
  if (!first) return null;
  const chosen = Array.from(files, (file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/'), file }));
  return folderSelection(first.webkitRelativePath.split('/')[0] ?? '', chosen);
}

interface WithHandle {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>;
}

/**
 * What was dropped: one folder or one archive; null for anything else. Asks for a handle first: pages opened from the
 * disk cannot read a dropped folder in the older way. Must be called before the drop's event has ended.
 */
export async function selectionOfDrop(dropped: DataTransfer): Promise<Selection | null> {
  const item = [...dropped.items].find((one) => one.kind === 'file');
  if (!item) return null;
  const entry = item.webkitGetAsEntry();
  const file = item.getAsFile();
  const handle = await (item as WithHandle).getAsFileSystemHandle?.().catch(() => null);
  if (handle?.kind === 'directory') {
    return folderSelection(handle.name, await filesOfHandle(handle as FileSystemDirectoryHandle));
  }
  if (entry?.isDirectory) return folderSelection(entry.name, await filesOfEntry(entry as FileSystemDirectoryEntry));
  return file ? archiveSelection(file) : null;
}

async function filesOfHandle(root: FileSystemDirectoryHandle): Promise<Chosen[]> {
  const files: Chosen[] = [];
  const left: { path: string; folder: FileSystemDirectoryHandle }[] = [{ path: '', folder: root }];
  for (let next = left.pop(); next; next = left.pop()) {
    const members = (next.folder as unknown as { values: () => AsyncIterable<FileSystemHandle> }).values();
    for await (const member of members) {
      const path = next.path + member.name;
      if (member.kind === 'directory') left.push({ path: `${path}/`, folder: member as FileSystemDirectoryHandle });
      else files.push({ path, file: await (member as FileSystemFileHandle).getFile() });
      if (files.length > MOST_FILES) throw new Fault('many', { most: MOST_FILES });
    }
  }
  return files;
}

async function filesOfEntry(root: FileSystemDirectoryEntry): Promise<Chosen[]> {
  const files: Chosen[] = [];
  const left: { path: string; folder: FileSystemDirectoryEntry }[] = [{ path: '', folder: root }];
  for (let next = left.pop(); next; next = left.pop()) {
    const { path, folder } = next;
    for (const member of await membersOf(folder)) {
      if (member.isDirectory) left.push({ path: `${path}${member.name}/`, folder: member as FileSystemDirectoryEntry });
      else {
        const file = await new Promise<File>((good, bad) => (member as FileSystemFileEntry).file(good, bad));
        files.push({ path: path + member.name, file });
      }
      if (files.length > MOST_FILES) throw new Fault('many', { most: MOST_FILES });
    }
  }
  return files;
}

/** All members of a folder: browsers hand them out by the hundred. */
async function membersOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const members: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((good, bad) => reader.readEntries(good, bad));
    if (some.length === 0) return members;
    members.push(...some);
  }
}
