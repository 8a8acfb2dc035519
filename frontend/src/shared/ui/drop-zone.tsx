import { type DragEvent, type ReactNode, useState } from 'react';

import styles from './drop-zone.module.css';

/** Where files may be dropped; a second way only: a button inside does the same by keyboard. */
export function DropZone(props: { label: string; onDrop: (dropped: DataTransfer) => void; children: ReactNode }) {
  const { label, onDrop, children } = props;
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onDrop(event.dataTransfer);
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className={styles['drop']}
      data-over={over}
      role="group"
      aria-label={label}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}

/** The name of what was chosen, or what to choose. */
export function Chosen({ children }: { children: ReactNode }) {
  return <div className={styles['chosen']}>{children}</div>;
}
