/** The order of command as a list: each unit after the one above it, with its depth. */

export interface Ranked<T> {
  readonly unit: T;
  readonly depth: number;
}

interface Node {
  readonly unit: string;
  readonly name: string;
  readonly parent?: string | null;
}

/** Units under their parents, by name; one whose parent is not among them stands at the top. */
export function ranked<T extends Node>(units: readonly T[], language: string): Ranked<T>[] {
  const known = new Set(units.map((unit) => unit.unit));
  const order = new Intl.Collator(language, { numeric: true });
  const below = new Map<string, T[]>();
  for (const unit of units) {
    const above = unit.parent && known.has(unit.parent) ? unit.parent : '';
    below.set(above, [...(below.get(above) ?? []), unit]);
  }
  const found: Ranked<T>[] = [];
  const met = new Set<string>();
  const walk = (parent: string, depth: number) => {
    for (const unit of (below.get(parent) ?? []).toSorted((one, other) => order.compare(one.name, other.name))) {
      if (met.has(unit.unit)) continue;
      met.add(unit.unit);
      found.push({ unit, depth });
      walk(unit.unit, depth + 1);
    }
  };
  walk('', 0);
  // A circle has no top: its units are listed all the same.
  return [...found, ...units.filter((unit) => !met.has(unit.unit)).map((unit) => ({ unit, depth: 0 }))];
}
