import { useCallback, useState } from 'react';

export interface KeptDraft<T> {
  /** What was typed and not saved yet; null when there is nothing. */
  readonly value: T | null;
  set(value: T): void;
  discard(): void;
}

/** What is being typed into a register, kept in this browser until it is saved: a closed window loses nothing. */
export function useKeptDraft<T extends object>(name: string): KeptDraft<T> {
  const key = `draft:${name}`;
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

function read<T extends object>(key: string): T | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return kept && typeof kept === 'object' ? (kept as T) : null;
  } catch {
    return null;
  }
}
