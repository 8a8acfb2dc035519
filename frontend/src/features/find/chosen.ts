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

/** A moment of a video, `1:02:03` or `0:07.5`. */
export function momentWords(seconds: number): string {
  const tenths = Math.round(seconds * 10);
  const whole = Math.floor(tenths / 10);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const clock = hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}` : String(minutes);
  return `${clock}:${String(rest).padStart(2, '0')}.${tenths % 10}`;
}
