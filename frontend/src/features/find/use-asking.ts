import { useCallback, useEffect, useRef, useState } from 'react';

import { onceKey } from '@/api/client';

import { refusalOf } from './chosen';
import { begin, LIMIT_BYTES, stop } from './queries';

/** One wish for a search, from the moment a file is chosen. */
interface Wish {
  readonly line: AbortController;
  readonly key: string;
  search: string | null;
}

/** One search at a time: a new one stops the one before, and nothing of it stays when the page is left. */
export function useAsking() {
  const [file, setFile] = useState<File | null>(null);
  const [search, setSearch] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const newest = useRef<Wish | null>(null);
  /** Makes a wish, or none, the newest; the one before is stopped. */
  const turnTo = useCallback(async (wish: Wish | null) => {
    const before = newest.current;
    newest.current = wish;
    before?.line.abort();
    if (before?.search) await stop(before.search).catch(() => undefined);
  }, []);
  const ask = useCallback(
    (chosen: File, known?: string) => {
      const mine: Wish = { line: new AbortController(), key: known ?? onceKey(), search: null };
      const isNewest = () => newest.current === mine;
      setFile(chosen);
      setSearch(null);
      setError(null);
      const isRefused = refusalOf(chosen, LIMIT_BYTES) !== null;
      setSending(!isRefused);
      void (async () => {
        await turnTo(mine);
        // While the search before was being stopped, another file may have been chosen, or the page left.
        if (isRefused || !isNewest()) return;
        try {
          mine.search = await begin(chosen, mine.key, mine.line.signal);
          if (isNewest()) setSearch(mine.search);
          else void stop(mine.search).catch(() => undefined);
        } catch (failure) {
          if (isNewest()) setError(failure);
        }
        if (isNewest()) setSending(false);
      })();
    },
    [turnTo],
  );
  useEffect(() => () => void turnTo(null), [turnTo]);
  const end = () => {
    setFile(null);
    setSearch(null);
    setError(null);
    setSending(false);
    void turnTo(null);
  };
  return { file, search, error, isSending, ask, end, again: () => file && ask(file, newest.current?.key) };
}
