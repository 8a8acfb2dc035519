import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

import { ask, type Schemas } from './client';
import { DigestDiffers, FileChanged, Problem, Unreached } from './errors';

/** Where a file is on its way; `sent` bytes are safe on the server. */
export interface Way {
  state: 'checking' | 'sending' | 'waiting' | 'paused' | 'sealing';
  sent: number;
}

/** What is said beside a file; without `sensitivity` it is restricted. With `item` it is put to that item: for reviewers. */
export interface Said {
  note: string;
  sensitivity?: Schemas['Sensitivity'];
  item?: string;
}

export interface Sending {
  /** The submission, once the whole file is there and both sides have digested the same. */
  submission: Promise<string>;
  pause: () => void;
  go: () => void;
  /** Ends it and lets the server forget what has arrived. */
  stop: () => void;
}

const TUS = { 'Tus-Resumable': '1.0.0' };
const LEAST_BYTES = 256 << 10;
const MOST_BYTES = 16 << 20;
const READ_BYTES = 4 << 20;
// A part that breaks is sent again: none should take longer than this on the line at hand.
const AIM_MS = 4000;
const PAUSES_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];
// What passes: wrong offsets after a broken line, a part still on its way, a busy or restarting server, a bad line.
const PASSING = new Set([408, 409, 423, 429, 460, 500, 502, 503, 504]);

/** Sends a file in parts (tus 1.0), going on after whatever breaks; choosing it again another day goes on as well. */
export function sendFile(file: File, said: Said, tell: (way: Way) => void): Sending {
  const sender = new Sender(file, said, tell);
  return {
    submission: sender.run(),
    pause: () => sender.pause(),
    go: () => sender.go(),
    stop: () => sender.stop(),
  };
}

class Sender {
  private offset = 0;
  private partBytes = LEAST_BYTES;
  private digest = sha256.create();
  private digested = 0;
  private broken = 0;
  private paused: { go: () => void; gone: Promise<void> } | null = null;
  private stopped = false;
  private line = new AbortController();
  private address: string | null;
  private readonly name: string;

  constructor(
    private readonly file: File,
    private readonly said: Said,
    private readonly tell: (way: Way) => void,
  ) {
    // A digest, so that nobody reads from this browser what was sent and what was said of it.
    const told = JSON.stringify([file.name, file.size, file.lastModified, said.note, said.sensitivity, said.item]);
    this.name = `upload ${bytesToHex(sha256(utf8ToBytes(told)))}`;
    this.address = localStorage.getItem(this.name);
  }

  async run(): Promise<string> {
    this.tell({ state: 'checking', sent: 0 });
    for (;;) {
      try {
        const whole = await this.step();
        if (whole) return await this.agreed(whole);
      } catch (failure) {
        await this.afterFailure(failure);
      }
    }
  }

  pause(): void {
    if (this.paused) return;
    let go = () => {};
    const gone = new Promise<void>((resolve) => (go = resolve));
    this.paused = { go, gone };
    this.line.abort();
    this.tell({ state: 'paused', sent: this.offset });
  }

  go(): void {
    this.paused?.go();
    this.paused = null;
  }

  stop(): void {
    this.stopped = true;
    this.line.abort();
    this.go();
  }

  /** One announcement, one question, or one part; the last answer once the whole file is there. */
  private async step(): Promise<Response | null> {
    await this.paused?.gone;
    if (this.stopped) throw new DOMException('stopped', 'AbortError');
    this.line = new AbortController();
    if (!this.address) return this.announce();
    if (this.offset === 0 || this.broken) return this.look(this.address);
    return this.send(this.address);
  }

  private async announce(): Promise<null> {
    const said = { filename: this.file.name || 'unnamed', ...this.said };
    const metadata = Object.entries(said).flatMap(([name, text]) =>
      text ? [`${name} ${base64(utf8ToBytes(text))}`] : [],
    );
    const answer = await ask('/api/v1/uploads', {
      method: 'POST',
      headers: { ...TUS, 'Upload-Length': String(this.file.size), 'Upload-Metadata': metadata.join(',') },
      signal: this.line.signal,
    });
    this.address = answer.headers.get('Location');
    if (this.address) localStorage.setItem(this.name, this.address);
    return null;
  }

  private async look(address: string): Promise<Response | null> {
    const answer = await ask(address, { method: 'HEAD', headers: TUS, signal: this.line.signal });
    this.offset = Number(answer.headers.get('Upload-Offset'));
    this.broken = 0;
    if (answer.headers.has('Upload-Receipt')) return answer;
    return this.offset === 0 ? this.send(address) : null;
  }

  private async send(address: string): Promise<Response | null> {
    const end = Math.min(this.offset + this.partBytes, this.file.size);
    this.tell({ state: end === this.file.size ? 'sealing' : 'sending', sent: this.offset });
    const part = await this.read(this.offset, end);
    const began = performance.now();
    const answer = await ask(address, {
      method: 'PATCH',
      headers: {
        ...TUS,
        'Content-Type': 'application/offset+octet-stream',
        'Upload-Offset': String(this.offset),
        'Upload-Checksum': `sha256 ${base64(sha256(part))}`,
      },
      body: part,
      signal: this.line.signal,
    });
    this.offset = Number(answer.headers.get('Upload-Offset'));
    const tookMs = performance.now() - began;
    this.partBytes = tookMs < AIM_MS / 2 ? Math.min(this.partBytes * 2, MOST_BYTES) : this.partBytes;
    return answer.headers.has('Upload-Receipt') ? answer : null;
  }

  /** Reads the file once more as a whole: what arrived must be what lies here. */
  private async agreed(answer: Response): Promise<string> {
    this.tell({ state: 'sealing', sent: this.file.size });
    while (this.digested < this.file.size) {
      const end = Math.min(this.digested + READ_BYTES, this.file.size);
      this.digest.update(await this.read(this.digested, end));
      this.digested = end;
    }
    localStorage.removeItem(this.name);
    const expected = `sha256:${bytesToHex(this.digest.digest())}`;
    const found = answer.headers.get('Upload-Digest') ?? '';
    if (found !== expected) throw new DigestDiffers(expected, found);
    return (answer.headers.get('Upload-Receipt') ?? '').split('/').at(-1) ?? '';
  }

  private async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await this.file.slice(start, end).arrayBuffer());
    } catch (cause) {
      throw new FileChanged('the file cannot be read', { cause });
    }
  }

  /** Waits where waiting helps, begins anew where the server has forgotten; throws everything else. */
  private async afterFailure(failure: unknown): Promise<void> {
    if (this.stopped) {
      localStorage.removeItem(this.name);
      if (this.address) await ask(this.address, { method: 'DELETE', headers: TUS }).catch(() => undefined);
      throw failure;
    }
    this.broken += 1;
    if (this.paused) return;
    const isGone = failure instanceof Problem && failure.status === 404;
    if (isGone && this.address && this.offset === 0) {
      localStorage.removeItem(this.name);
      this.address = null;
      return;
    }
    const passes = failure instanceof Unreached || (failure instanceof Problem && PASSING.has(failure.status));
    if (!passes || (failure instanceof Problem && failure.code === 'too_many_unfinished')) throw failure;
    this.partBytes = Math.max(LEAST_BYTES, this.partBytes / 2);
    this.tell({ state: 'waiting', sent: this.offset });
    const pauseMs = PAUSES_MS[Math.min(this.broken, PAUSES_MS.length) - 1] ?? 1000;
    await Promise.race([new Promise((resolve) => setTimeout(resolve, pauseMs)), this.aborted()]);
  }

  private aborted(): Promise<void> {
    return new Promise((resolve) => this.line.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
