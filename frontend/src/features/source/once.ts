import type { Schemas } from '@/api/client';

/** Each file once, though several captures may have brought the same bytes. */
export function once(files: readonly Schemas['FileShown'][]): Schemas['FileShown'][] {
  const seen = new Set<string>();
  return files.filter(({ sha256 }) => {
    if (!sha256 || seen.has(sha256)) return !sha256;
    seen.add(sha256);
    return true;
  });
}
