import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';

import styles from './symbol.module.css';
import { useSymbolWords } from './words';

/**
 * A unit's symbol by its code of numbers or letters. Its lines take the colours of the page around it, so that it
 * follows both themes and the printer. A code that cannot be drawn is shown as its text.
 */
export function UnitSymbol({ sidc, size = 28, label }: { sidc: string; size?: number; label?: string }) {
  const words = useSymbolWords();
  const holder = useRef<HTMLSpanElement>(null);
  // The drawing is 200 kB: it comes with the first symbol of a visit, and once.
  const { data: drawing, isError } = useQuery({
    queryKey: ['symbol', sidc, size],
    queryFn: async () => (await import('./drawing')).drawn(sidc, size),
    staleTime: Infinity,
    retry: false,
  });
  useEffect(() => {
    holder.current?.replaceChildren(...(drawing ? [drawing.cloneNode(true)] : []));
  }, [drawing]);
  if (drawing === null || isError) return <code className={styles['code']}>{sidc}</code>;
  return (
    <span
      ref={holder}
      role="img"
      aria-label={label ?? words(sidc)}
      className={styles['symbol']}
      style={{ minWidth: size, minHeight: size }}
    />
  );
}
