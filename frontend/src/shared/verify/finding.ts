/** How the checks of a package end: passed, failed or unknown, each with a number and words for people. */

export type Verdict = 'pass' | 'fail' | 'unknown';
export type Values = Readonly<Record<string, string | number>>;

/** What is said of one check, in no language yet: `code` names the sentence, `values` fill it. */
export interface Told {
  code: string;
  values: Values;
}

/** One check with its end; `subject` is the file or leaf it is about. What is not `claimed` need not be proved. */
export interface Finding extends Told {
  number: number;
  name: string;
  verdict: Verdict;
  subject: string | null;
  claimed: boolean;
}

/** Something that is not as it must be; the sentence may name a file or leaf, its `subject`. */
export class Fault extends Error implements Told {
  constructor(
    readonly code: string,
    readonly values: Values = {},
    readonly subject: string | null = null,
  ) {
    super(code);
  }

  /** The same fault, of this file or leaf. */
  of(subject: string): Fault {
    return new Fault(this.code, this.values, subject);
  }
}

/** A check whose end cannot be known; `claimed` is whether the package says that it could. */
export class Unknown extends Error implements Told {
  constructor(
    readonly code: string,
    readonly values: Values,
    readonly claimed: boolean,
  ) {
    super(code);
  }
}

/** 0: everything that is claimed is proved; 1: altered or missing; 2: no package; 3: intact, and unproved. */
export function exitCode(findings: readonly Finding[]): 0 | 1 | 2 | 3 {
  if (findings.some((one) => one.number === 1 && one.verdict === 'fail')) return 2;
  if (findings.some((one) => one.verdict === 'fail')) return 1;
  return findings.some((one) => one.verdict === 'unknown' && one.claimed) ? 3 : 0;
}
