import { SENSITIVITIES, type Sensitivity } from '@/shared/lib/sensitivities';

/** The open levels an item can be at from where it is: closing is for whoever reviews, opening (`mayWiden`) is not. */
export function openLevels(current: Sensitivity, mayWiden: boolean): Sensitivity[] {
  const from = mayWiden ? 0 : SENSITIVITIES.indexOf(current);
  return SENSITIVITIES.slice(from).filter((one) => one !== 'sealed');
}
