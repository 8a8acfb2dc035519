import type { Schemas } from '@/api/client';

export type Workflow = Schemas['Workflow'];

/** Where an item waits beside the road; each needs its reason. */
const SIDE_STATES: readonly Workflow[] = ['needs_help', 'on_hold', 'duplicate', 'out_of_scope'];

export function needsReason(workflow: Workflow): boolean {
  return SIDE_STATES.includes(workflow);
}

/** The states an item may be put into now; `cameFrom` is where it was before it went into a side state. */
export function movesFrom(current: Workflow, cameFrom: Workflow | null): Workflow[] {
  if (current === 'withdrawn') return [];
  const sides = SIDE_STATES.filter((state) => state !== current);
  if (needsReason(current)) return cameFrom ? [cameFrom, ...sides] : sides;
  if (current === 'intake') return ['triaged', ...sides];
  return current === 'triaged' ? ['intake', ...sides] : sides;
}
