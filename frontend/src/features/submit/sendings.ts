import { useEffect, useState, useSyncExternalStore } from 'react';

import type { Said, Sending, Way } from '@/api/resumable';

// As many as the server takes of one person at once.
const AT_ONCE = 2;

/** One file somebody hands in. */
export interface Row {
  id: number;
  file: File;
  said: Said;
  way: Way | { state: 'turn' | 'done' | 'failed'; sent: number };
  submission?: string;
  error?: unknown;
}

/** Whether something of it is being sent, or will be without its turn having to come. */
export function isUnderWay(row: Row): boolean {
  return !['turn', 'done', 'failed'].includes(row.way.state);
}

/** Files on their way, a few at a time. */
export class Sendings {
  rows: readonly Row[] = [];
  private numbers = 0;
  private readonly listeners = new Set<() => void>();
  private readonly going = new Map<number, Sending>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): readonly Row[] => this.rows;

  add(files: File[], said: Said): void {
    const added = files.map((file): Row => ({
      id: (this.numbers += 1),
      file,
      said,
      way: { state: 'turn', sent: 0 },
    }));
    this.set([...this.rows, ...added]);
    this.startNext();
  }

  pause(row: Row): void {
    this.going.get(row.id)?.pause();
    this.startNext();
  }

  /** Goes on with what was paused; what has failed waits for its turn once more. */
  go(row: Row): void {
    const sending = this.going.get(row.id);
    if (sending) sending.go();
    else this.change(row.id, { way: { state: 'turn', sent: 0 }, error: undefined });
    this.startNext();
  }

  remove(row: Row): void {
    this.going.get(row.id)?.stop();
    this.set(this.rows.filter((one) => one.id !== row.id));
    this.startNext();
  }

  /** Nobody looks any more: what has arrived stays on the server, and choosing the file again goes on with it. */
  pauseAll(): void {
    this.going.forEach((sending) => sending.pause());
  }

  private startNext(): void {
    const busy = this.rows.filter((row) => isUnderWay(row) && row.way.state !== 'paused').length;
    const waiting = this.rows.filter((row) => row.way.state === 'turn').slice(0, Math.max(0, AT_ONCE - busy));
    for (const row of waiting) void this.send(row);
  }

  private async send(row: Row): Promise<void> {
    this.change(row.id, { way: { state: 'checking', sent: 0 } });
    try {
      const { sendFile } = await import('@/api/resumable');
      const sending = sendFile(row.file, row.said, (way) => this.change(row.id, { way }));
      this.going.set(row.id, sending);
      const submission = await sending.submission;
      this.change(row.id, { way: { state: 'done', sent: row.file.size }, submission });
    } catch (error) {
      this.change(row.id, { way: { state: 'failed', sent: 0 }, error });
    } finally {
      this.going.delete(row.id);
      this.startNext();
    }
  }

  private change(id: number, to: Partial<Row>): void {
    this.set(this.rows.map((row) => (row.id === id ? { ...row, ...to } : row)));
  }

  private set(rows: readonly Row[]): void {
    this.rows = rows;
    this.listeners.forEach((listener) => listener());
  }
}

/** The files somebody hands in on this page; whoever leaves while some are on their way is asked. */
export function useSendings(): { sendings: Sendings; rows: readonly Row[] } {
  const [sendings] = useState(() => new Sendings());
  const rows = useSyncExternalStore(sendings.subscribe, sendings.snapshot);
  const unfinished = rows.some((row) => isUnderWay(row) || row.way.state === 'turn');
  useEffect(() => {
    if (!unfinished) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [unfinished]);
  useEffect(() => () => sendings.pauseAll(), [sendings]);
  return { sendings, rows };
}
