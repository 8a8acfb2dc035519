import type { Schemas } from '@/api/client';

import styles from './drawn-still.module.css';

/** A small picture behind its shield: the drawn copy alone, never a clear one unasked; or its empty place. */
export function DrawnStill({ still, alt }: { still: Schemas['StillShown'] | null | undefined; alt: string }) {
  const drawn = still?.sketch;
  if (!drawn) return <span className={styles['none']} aria-hidden="true" />;
  if (!still.tile) return <img className={styles['still']} src={drawn} alt={alt} loading="lazy" decoding="async" />;
  const { column, row, columns, rows, width, height } = still.tile;
  return (
    <span className={styles['still']} role="img" aria-label={alt}>
      <span className={styles['tile']} style={{ '--aspect': `${width} / ${height}` }}>
        <img
          src={drawn}
          alt=""
          loading="lazy"
          decoding="async"
          style={{
            width: `${columns * 100}%`,
            height: `${rows * 100}%`,
            left: `${column * -100}%`,
            top: `${row * -100}%`,
          }}
        />
      </span>
    </span>
  );
}
