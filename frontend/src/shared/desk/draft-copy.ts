/** The copy of a draft in this browser: there exactly while the server does not have it. */
export interface Copy {
  readonly body: Record<string, unknown>;
  /** The revision on the server that it was typed on top of; null for none. */
  readonly base: number | null;
}

/** That a draft of this revision was said or thrown away here, while the server could not be told. */
export interface Gone {
  readonly gone: number;
  /** What had been sent and not been answered by then: any of it may have arrived, as a revision nobody was told of. */
  readonly sent?: readonly Readonly<Record<string, unknown>>[];
}

/** A place for one draft in the browser's storage. A full or forbidden storage is no failure: the server remains. */
export class CopyPlace {
  private readonly key: string;

  constructor(person: string, item: string, name: string) {
    this.key = `svidok.draft/${person}/${item}/${name}`;
  }

  read(): Copy | Gone | null {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.key) ?? 'null');
      return isCopy(kept) || isGone(kept) ? kept : null;
    } catch {
      return null;
    }
  }

  write(copy: Copy | Gone): void {
    try {
      localStorage.setItem(this.key, JSON.stringify(copy));
    } catch {
      // Nothing more can be done here; the state shown says whether the server has it.
    }
  }

  clear(): void {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // As above.
    }
  }
}

export function isCopy(kept: unknown): kept is Copy {
  return typeof kept === 'object' && kept !== null && 'body' in kept && typeof kept.body === 'object' && 'base' in kept;
}

export function isGone(kept: unknown): kept is Gone {
  return typeof kept === 'object' && kept !== null && 'gone' in kept && typeof kept.gone === 'number';
}
