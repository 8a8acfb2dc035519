import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';

import { meQuery } from '@/api/queries';

export interface KeptDraft<T> {
  /** What was typed and not saved yet; null when there is nothing. */
  readonly value: T | null;
  set(value: T): void;
  discard(): void;
}

/** What this person is typing into a register, kept in this browser until it is saved: a closed window loses nothing. */
export function useKeptDraft<T extends object>(name: string): KeptDraft<T> {
  const key = useDraftKey(name);
  const [value, setValue] = useState<T | null>(() => read<T>(key));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // A full or closed storage keeps nothing, and the form goes on without it.
      }
    },
    [key],
  );
  const discard = useCallback(() => {
    setValue(null);
    localStorage.removeItem(key);
  }, [key]);
  return { value, set, discard };
}

/** Whether this person has begun something under that name. */
export function useHasKeptDraft(name: string): boolean {
  return read(useDraftKey(name)) !== null;
}

/** Each person's own: the next one at this browser finds nothing of it. */
function useDraftKey(name: string): string {
  const queries = useQueryClient();
  const [person] = useState(() => queries.getQueryData(meQuery.queryKey)?.id ?? 'nobody');
  return `svidok.register/${person}/${name}`;
}

function read<T extends object>(key: string): T | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return kept && typeof kept === 'object' ? (kept as T) : null;
  } catch {
    return null;
  }
}
