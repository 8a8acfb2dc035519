import { same } from './same';

/** The fields in which two versions differ, in the order of the first. */
export function differing(mine: object, theirs: object): string[] {
  const ones = new Map<string, unknown>(Object.entries(mine));
  const others = new Map<string, unknown>(Object.entries(theirs));
  return [...new Set([...ones.keys(), ...others.keys()])].filter((name) => !same(ones.get(name), others.get(name)));
}

/** Both values in one, for texts and lists; undefined where nothing can hold both. */
export function combined(mine: unknown, theirs: unknown): unknown {
  if (typeof mine === 'string' && typeof theirs === 'string') {
    if (!mine || theirs.includes(mine)) return theirs;
    return !theirs || mine.includes(theirs) ? mine : `${mine}\n\n${theirs}`;
  }
  if (Array.isArray(mine) && Array.isArray(theirs))
    return [...mine, ...theirs.filter((one) => !mine.some((other) => same(one, other)))];
  return undefined;
}
