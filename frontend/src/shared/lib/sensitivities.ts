import type { Schemas } from '@/api/client';

export type Sensitivity = Schemas['Sensitivity'];

/** Whom something can be for, from everybody to stewards alone. */
export const SENSITIVITIES: readonly Sensitivity[] = ['public', 'researcher', 'restricted', 'sealed'];
