/** One check of one selection, from opening it to its findings, for whichever page shows them. */

import type { Selection } from './chosen';
import { type Finding, type Values, type Verdict } from './finding';
import type { Trust } from './keys';
import { unopened, verify } from './procedure';
import type { Tree } from './tree';

/** The findings about a selection; `share` hears how much has been read, from 0 to 1. */
export async function check(selection: Selection, trust: Trust, share: (done: number) => void): Promise<Finding[]> {
  let tree: Tree;
  try {
    tree = await selection.open();
  } catch (wrong) {
    return unopened(wrong, selection.name);
  }
  const whole = [...tree.sizes.values()].reduce((sum, size) => sum + size, 0);
  let done = 0;
  return verify(tree, trust, (count) => {
    done += count;
    share(whole > 0 ? Math.min(1, done / whole) : 1);
  });
}

/** The findings of one number, and how they end together. */
export interface Ended {
  number: number;
  name: string;
  verdict: Verdict;
  findings: Finding[];
}

/** Check by check. What failed anywhere has failed: no part of a check that passed stands beside it. */
export function byNumber(findings: readonly Finding[]): Ended[] {
  const numbers = [...new Set(findings.map((one) => one.number))].toSorted((one, other) => one - other);
  return numbers.flatMap((number) => {
    const own = findings.filter((one) => one.number === number);
    const [first] = own;
    if (!first) return [];
    const worst = (['fail', 'unknown', 'pass'] as const).find((verdict) => own.some((one) => one.verdict === verdict));
    return [{ number, name: first.name, verdict: worst ?? 'fail', findings: own }];
  });
}

/** Values as a language writes them: counts with its own marks between thousands. */
export function shownValues(values: Values, language: string): Record<string, string> {
  const shown = Object.entries(values).map(([name, value]): [string, string] => [
    name,
    typeof value === 'number' ? value.toLocaleString(language) : value,
  ]);
  return Object.fromEntries(shown);
}
