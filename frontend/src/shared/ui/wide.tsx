import type { ReactNode } from 'react';

import styles from './wide.module.css';

/** Something wider than a phone: it scrolls by itself, by keys as well (WCAG 2.1.1). */
export function Wide({ label, children }: { label: string; children: ReactNode }) {
  return (
    // What scrolls must be reached by keys, though nothing in it can be pressed.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['wide']} role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
