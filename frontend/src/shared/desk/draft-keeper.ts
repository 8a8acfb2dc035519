import { api, type Schemas, told } from '@/api/client';
import { isProblem, Problem } from '@/api/errors';

import type { Drafted } from './contract';
import { CopyPlace, type Gone, isCopy, isGone } from './draft-copy';
import { same } from './same';

type ServerDraft = Schemas['Draft'];
type Shown<T> = Pick<Drafted<T>, 'value' | 'state' | 'savedAt' | 'theirs'> & {
  readonly trouble: 'unreached' | 'logged_out' | 'refused' | null;
};

const PAUSE_MS = 800;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 30_000;
const MOST_UNANSWERED = 10;
// The browser sends at most this much of what is still on its way when a page closes.
const KEPT_ALIVE_BYTES = 60_000;

/**
 * Keeps one draft of one person: in this browser at every change, on the server after a pause.
 *
 * A letter typed is never given up: until the server has it, it stands in the browser's storage; where another window
 * has saved something else, both are kept until somebody chooses.
 */
export class DraftKeeper<T extends object> {
  private shown: Shown<T>;
  private readonly listeners = new Set<() => void>();
  private readonly place: CopyPlace;
  /** The revision on the server that the value rests on; null while there is none. */
  private base: number | null = null;
  private loaded = false;
  private dirty = false;
  private busy = false;
  /** What was sent and has not been answered: any of it may have arrived, as a revision nobody was told of. */
  private sent: Record<string, unknown>[] = [];
  private theirRevision = 0;
  private waitMs = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    person: string,
    private readonly item: string,
    private readonly name: string,
    private readonly empty: T,
  ) {
    this.place = new CopyPlace(person, item, name);
    const kept = this.place.read();
    this.shown = { value: empty, state: 'clean', savedAt: null, theirs: null, trouble: null };
    if (isCopy(kept)) {
      this.base = kept.base;
      this.dirty = true;
      this.shown = { ...this.shown, value: this.whole(kept.body), state: 'saving' };
    }
  }

  readonly read = (): Shown<T> => this.shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.listeners.size === 0) this.wake();
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.sleep();
    };
  };

  readonly set = (value: T): void => {
    this.dirty = true;
    this.place.write({ body: value as Record<string, unknown>, base: this.base });
    const inConflict = this.shown.state === 'conflict';
    this.show({ value, state: inConflict ? 'conflict' : this.shown.state === 'offline' ? 'offline' : 'saving' });
    if (!inConflict) this.later(PAUSE_MS);
  };

  readonly keep = (): void => {
    if (this.shown.state !== 'conflict') return;
    this.base = this.theirRevision;
    this.dirty = true;
    this.place.write({ body: this.shown.value as Record<string, unknown>, base: this.base });
    this.show({ state: 'saving', theirs: null });
    void this.sync();
  };

  readonly take = (): void => {
    if (this.shown.state !== 'conflict' || !this.shown.theirs) return;
    this.base = this.theirRevision;
    this.settle(this.shown.theirs, this.shown.savedAt);
  };

  readonly discard = (): void => {
    this.stopTimer();
    this.dirty = false;
    const { sent } = this;
    if (this.base !== null || this.busy || sent.length > 0) this.place.write({ gone: this.base ?? 0, sent });
    else this.place.clear();
    this.show({ value: this.empty, state: 'clean', savedAt: null, theirs: null, trouble: null });
    if (!this.busy) void this.throwAway();
  };

  /** Forgets what has been said; letters typed since it was sent are a draft of their own and stay. Whether any do. */
  readonly said = (value: T): boolean => {
    if (!Object.is(this.shown.value, value)) return true;
    this.discard();
    return false;
  };

  /** Sends what is typed at once: the page is closing, or another panel is opened. */
  readonly flush = (): void => {
    if (this.dirty && this.shown.state !== 'conflict') void this.sync();
  };

  private readonly onOnline = (): void => void this.sync();
  private readonly onHidden = (): void => {
    if (document.visibilityState === 'hidden') this.flush();
  };

  private wake(): void {
    window.addEventListener('online', this.onOnline);
    window.addEventListener('pagehide', this.flush);
    document.addEventListener('visibilitychange', this.onHidden);
    // Another window may have saved since this one last looked.
    if (!this.dirty) this.loaded = false;
    void this.sync();
  }

  private sleep(): void {
    this.flush();
    window.removeEventListener('online', this.onOnline);
    window.removeEventListener('pagehide', this.flush);
    document.removeEventListener('visibilitychange', this.onHidden);
  }

  /** Does the next thing that is to be done with the server, one at a time. */
  private async sync(): Promise<void> {
    this.stopTimer();
    if (this.busy || this.shown.state === 'conflict') return;
    this.busy = true;
    try {
      if (!this.loaded) await this.load();
      else if (this.dirty) await this.save();
      this.waitMs = FIRST_WAIT_MS;
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy = false;
    }
    if (isGone(this.place.read())) await this.throwAway();
    else if (this.dirty && this.shown.state === 'saving') this.later(PAUSE_MS);
  }

  private get way() {
    return { item: this.item, name: this.name };
  }

  private async load(): Promise<void> {
    const server = await this.onServer();
    this.loaded = true;
    const kept = this.place.read();
    if (isGone(kept)) return this.loadAfterGone(kept, server);
    if (!this.dirty) {
      this.base = server?.revision ?? null;
      if (server) this.settle(this.whole(server.body), server.saved_at);
      else if (this.shown.state !== 'clean') this.settle(this.empty, null);
      return;
    }
    if (!server || server.revision === this.base) {
      this.base = server?.revision ?? null;
      this.show({ state: 'saving' });
      return;
    }
    this.meet(server);
  }

  /** What was said or thrown away here does not come back; what another window typed since does. */
  private loadAfterGone(kept: Gone, server: ServerDraft | null): void {
    this.sent = [];
    if (server && (server.revision === kept.gone || kept.sent?.some((one) => same(one, server.body)))) {
      this.base = server.revision;
      return;
    }
    this.place.clear();
    this.base = server?.revision ?? null;
    if (server) this.settle(this.whole(server.body), server.saved_at);
  }

  /** Looked up in the list of all: that there is no draft yet is usual, and no failure of a request. */
  private async onServer(): Promise<ServerDraft | null> {
    const { data } = await told(api.GET('/api/v1/items/{item}/drafts', { params: { path: { item: this.item } } }));
    return data.find(({ name }) => name === this.name) ?? null;
  }

  private async save(): Promise<void> {
    const value = this.shown.value;
    const body = { body: value as Record<string, unknown> };
    this.sent = [...this.sent, body.body].slice(-MOST_UNANSWERED);
    const header = this.base === null ? { 'if-none-match': '*' } : { 'if-match': `"${this.base}"` };
    try {
      const saved = await told(
        api.PUT('/api/v1/items/{item}/drafts/{name}', {
          params: { path: this.way, header },
          body,
          keepalive: JSON.stringify(body).length * 3 < KEPT_ALIVE_BYTES,
        }),
      );
      this.base = saved.revision;
      this.sent = [];
      if (isGone(this.place.read())) this.place.write({ gone: saved.revision });
      else if (Object.is(this.shown.value, value)) this.settle(value, saved.saved_at);
      else {
        this.place.write({ body: this.shown.value as Record<string, unknown>, base: this.base });
        this.show({ state: 'saving', savedAt: saved.saved_at, trouble: null });
      }
    } catch (error) {
      if (!isProblem(error, 'stale')) throw error;
      const current = serverDraft(error.extensions['current']);
      if (isGone(this.place.read())) this.place.clear();
      else if (current) this.meet(current);
      else {
        // It was thrown away elsewhere: what is typed here begins a new one.
        this.base = null;
        this.show({ state: 'saving' });
      }
    }
  }

  /** Another window has saved: the same words are no conflict, others wait for a choice. */
  private meet(server: ServerDraft): void {
    const theirs = this.whole(server.body);
    this.theirRevision = server.revision;
    const isOwn = this.sent.some((one) => same(one, server.body));
    this.sent = [];
    if (same(theirs, this.shown.value)) {
      this.base = server.revision;
      this.settle(this.shown.value, server.saved_at);
    } else if (isOwn) {
      this.base = server.revision;
      this.show({ state: 'saving', savedAt: server.saved_at, trouble: null });
    } else this.show({ state: 'conflict', theirs, savedAt: server.saved_at, trouble: null });
  }

  private async throwAway(): Promise<void> {
    if (this.busy || !isGone(this.place.read())) return;
    if (this.sent.length > 0) {
      // Whether the last letters arrived is known only by looking.
      this.loaded = false;
      this.later(this.longer());
      return;
    }
    if (this.base === null) {
      this.place.clear();
      return;
    }
    this.busy = true;
    await this.remove(this.base);
    this.busy = false;
    if (this.dirty) this.later(PAUSE_MS);
  }

  private async remove(revision: number): Promise<void> {
    try {
      await api.DELETE('/api/v1/items/{item}/drafts/{name}', {
        params: { path: this.way, header: { 'if-match': `"${revision}"` } },
      });
    } catch (error) {
      // Refused: it is gone already, or holds what another window typed since. Not reached: the mark stays, and it is tried later.
      if (!(error instanceof Problem) || error.status === 401 || error.status >= 500) {
        this.later(this.longer());
        return;
      }
    }
    if (isGone(this.place.read())) this.place.clear();
    this.base = null;
  }

  private fail(error: unknown): void {
    if (isGone(this.place.read())) {
      this.later(this.longer());
      return;
    }
    const status = error instanceof Problem ? error.status : 0;
    const refused = status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status);
    const trouble = status === 401 ? 'logged_out' : refused ? 'refused' : 'unreached';
    if (this.dirty) this.show({ state: 'offline', trouble });
    if (!refused) this.later(this.longer());
  }

  private longer(): number {
    const wait = this.waitMs;
    this.waitMs = Math.min(wait * 2, LONGEST_WAIT_MS);
    return wait;
  }

  private settle(value: T, savedAt: string | null): void {
    this.dirty = false;
    this.place.clear();
    this.show({ value, state: savedAt ? 'saved' : 'clean', savedAt, theirs: null, trouble: null });
  }

  private whole(body: Record<string, unknown>): T {
    return { ...this.empty, ...body };
  }

  private later(ms: number): void {
    this.stopTimer();
    this.timer = setTimeout(() => void this.sync(), ms);
  }

  private stopTimer(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private show(change: Partial<Shown<T>>): void {
    this.shown = { ...this.shown, ...change };
    for (const listener of this.listeners) listener();
  }
}

function serverDraft(current: unknown): ServerDraft | null {
  return typeof current === 'object' && current !== null && 'revision' in current ? (current as ServerDraft) : null;
}

const keepers = new Map<string, DraftKeeper<object>>();

/** The keeper of a draft: one for the whole page, so that a panel that was closed finds what was typed in it. */
export function keeperOf<T extends object>(person: string, item: string, name: string, empty: T): DraftKeeper<T> {
  const key = [person, item, name].join('/');
  const known = keepers.get(key) as DraftKeeper<T> | undefined;
  if (known) return known;
  const keeper = new DraftKeeper(person, item, name, empty);
  keepers.set(key, keeper as unknown as DraftKeeper<object>);
  return keeper;
}
