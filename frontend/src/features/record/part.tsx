import type { ReactNode } from 'react';

import styles from './record.module.css';

/** A part of the sheet, under a line. */
export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles['part']}>
      <h2>{title}</h2>
      <div>{children}</div>
    </section>
  );
}
