/** The first file of what was dropped or pasted; null where there is none. */
export function fileIn(brought: DataTransfer | null): File | null {
  return brought?.files[0] ?? null;
}

/** Why a file is not even sent: it is empty, too large, or plainly something else. */
export function refusalOf(file: Pick<File, 'size' | 'type'>, limit: number): 'empty' | 'tooLarge' | 'other' | null {
  if (file.size === 0) return 'empty';
  if (file.size > limit) return 'tooLarge';
  // Browsers do not know every container by its name: what has no type may be a film.
  return file.type && !/^(image|video)\//.test(file.type) ? 'other' : null;
}
