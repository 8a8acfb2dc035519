import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';

import { type Chord, chordOf, isTyping, ownsKey } from '@/shared/lib/keys';

/** Something a person can do here: by its key, from the palette, and listed in the help. */
export interface Action {
  /** Stable name, such as `player.step`; also the name of a remapped key in the preferences. */
  readonly id: string;
  /** What it does, in the reader's language. */
  readonly label: string;
  /** Group heading in the help and the palette. */
  readonly group: string;
  /** The key unless remapped; null for actions of the palette alone. */
  readonly chord: Chord | null;
  readonly run: (event: KeyboardEvent | null) => void;
  /** Called when the key goes up again, for actions that last while it is held. */
  readonly release?: () => void;
  /** False keeps the action listed, but without effect. */
  readonly enabled?: boolean;
  /** Whether holding the key repeats the action. */
  readonly repeats?: boolean;
}

type Listener = () => void;

/** The actions that are there at this moment, newest group last. */
class Actions {
  private groups = new Map<symbol, readonly Action[]>();
  private listeners = new Set<Listener>();
  private listed: readonly Action[] = [];
  private remapped: Readonly<Record<string, Chord>> = {};

  /** Takes an owner's actions; tells the others only when what they can see of them has changed. */
  offer(owner: symbol, actions: readonly Action[] | null): void {
    const before = summary(this.groups.get(owner));
    if (actions) this.groups.set(owner, actions);
    else this.groups.delete(owner);
    if (summary(actions ?? undefined) === before) return;
    this.listed = this.present().map((action) => ({ ...action, run: (event) => this.current(action.id)?.run(event) }));
    for (const listener of this.listeners) listener();
  }

  private present(): Action[] {
    return [...this.groups.values()].flat();
  }

  private current(id: string): Action | undefined {
    return this.present().findLast((action) => action.id === id);
  }

  remap(keys: Readonly<Record<string, Chord>>): void {
    this.remapped = keys;
  }

  subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  all = (): readonly Action[] => this.listed;

  chordOf(action: Action): Chord | null {
    return this.remapped[action.id] ?? action.chord;
  }

  /** The last offered action for a chord: a dialog's keys come before the page's. */
  find(chord: Chord): Action | undefined {
    return this.present().findLast((action) => action.enabled !== false && this.chordOf(action) === chord);
  }
}

function summary(actions: readonly Action[] | undefined): string {
  return JSON.stringify(actions?.map(({ id, label, group, chord, enabled }) => [id, label, group, chord, enabled]));
}

const Context = createContext<Actions | null>(null);

function useStore(): Actions {
  const store = useContext(Context);
  if (!store) throw new Error('ActionsProvider is missing above this component');
  return store;
}

/** Listens to the keyboard for the whole page, by physical key; silent while somebody types. */
export function ActionsProvider({ keys, children }: { keys: Readonly<Record<string, Chord>>; children: ReactNode }) {
  const store = useMemo(() => new Actions(), []);
  useEffect(() => store.remap(keys), [store, keys]);
  useEffect(() => {
    const held = new Map<string, Action>();
    const down = (event: KeyboardEvent) => {
      const chord = chordOf(event);
      if (!chord || event.defaultPrevented) return;
      if (isTyping(event.target) && !chord.startsWith('Mod+') && chord !== 'Escape') return;
      if (ownsKey(event.target, chord)) return;
      const action = store.find(chord);
      if (!action) return;
      event.preventDefault();
      if (event.repeat && !action.repeats) return;
      if (action.release) held.set(event.code, action);
      action.run(event);
    };
    const up = (event: KeyboardEvent) => {
      held.get(event.code)?.release?.();
      held.delete(event.code);
    };
    const blur = () => {
      for (const action of held.values()) action.release?.();
      held.clear();
    };
    window.addEventListener('keydown', down);
    window.addEventListener('keyup', up);
    window.addEventListener('blur', blur);
    return () => {
      window.removeEventListener('keydown', down);
      window.removeEventListener('keyup', up);
      window.removeEventListener('blur', blur);
    };
  }, [store]);
  return <Context.Provider value={store}>{children}</Context.Provider>;
}

/** Offers actions while the component is there. */
export function useActions(actions: readonly Action[]): void {
  const store = useStore();
  const owner = useRef(Symbol('actions'));
  useEffect(() => {
    store.offer(owner.current, actions);
  });
  useEffect(() => {
    const mine = owner.current;
    return () => store.offer(mine, null);
  }, [store]);
}

/** Every action there is now, with the key it answers to. */
export function useOfferedActions(): readonly (Action & { readonly key: Chord | null })[] {
  const store = useStore();
  const actions = useSyncExternalStore(store.subscribe, store.all);
  return actions.map((action) => ({ ...action, key: store.chordOf(action) }));
}
