import { spoken } from '@/shared/lib/keys';

import styles from './key-caps.module.css';

/** A key as it stands on the keyboard. */
export function KeyCaps({ chord }: { chord: string }) {
  return <kbd className={styles['key']}>{spoken(chord)}</kbd>;
}
