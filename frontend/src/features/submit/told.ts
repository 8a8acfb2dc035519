import type { Sensitivity } from '@/shared/lib/sensitivities';

/** What is said of whatever is handed in; it stays when another way of handing in is chosen, or when sending fails. */
export interface Told {
  note: string;
  setNote: (note: string) => void;
  sensitivity: Sensitivity;
  setSensitivity: (sensitivity: Sensitivity) => void;
}
