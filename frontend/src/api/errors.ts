/** What the API refuses or fails with (RFC 9457); `code` is stable, the sentences are for people. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | null;
  /** Members beyond the standard ones, such as `current` of a write that came too late. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Record<string, unknown>, retryAfterSeconds: number | null) {
    const { code, title, detail, type: _type, status: _status, ...extensions } = body;
    super(typeof title === 'string' ? title : `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = typeof code === 'string' ? code : `http_${status}`;
    this.detail = typeof detail === 'string' ? detail : '';
    this.retryAfterSeconds = retryAfterSeconds;
    this.extensions = extensions;
  }
}

/** The server could not be reached at all: no network, or nobody answering. */
export class Unreached extends Error {
  constructor(cause: unknown) {
    super('The server does not answer.', { cause });
    this.name = 'Unreached';
  }
}

export function isProblem(error: unknown, ...codes: string[]): error is Problem {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code));
}

/** The file can no longer be read here. */
export class FileChanged extends Error {}

/** What the server has digested is not what was read here. */
export class DigestDiffers extends Error {
  constructor(
    readonly expected: string,
    readonly found: string,
  ) {
    super(`expected ${expected}, found ${found}`);
  }
}
