/** Where the panels around a picture find its player. */

import { createContext, type ReactNode, useCallback, useContext, useMemo, useState, useSyncExternalStore } from 'react';

import type { Player, PlayerState } from './contract';

interface Slot {
  readonly player: Player | null;
  readonly offer: (player: Player | null) => void;
}

const Context = createContext<Slot | null>(null);

/** Stands above a `PlayerView` and all that wants to know of its player. */
export function PlayerProvider({ children }: { children: ReactNode }) {
  const [player, offer] = useState<Player | null>(null);
  const slot = useMemo(() => ({ player, offer }), [player]);
  return <Context.Provider value={slot}>{children}</Context.Provider>;
}

/** The player, or null while there is none: nothing to play, still being prepared, or sound only. */
export function usePlayer(): Player | null {
  return useContext(Context)?.player ?? null;
}

/** How a player view says that its player is there, or gone. */
export function useOfferPlayer(): (player: Player | null) => void {
  const slot = useContext(Context);
  if (!slot) throw new Error('PlayerProvider is missing above this component');
  return slot.offer;
}

const silent = () => () => undefined;

/**
 * One part of the player's state; null without a player. Renders again only when the part is another one, so `select`
 * picks values and members (`(state) => state.frame`), and never makes a new object.
 */
export function usePlayerState<T>(select: (state: PlayerState) => T): T | null {
  const player = usePlayer();
  const read = useCallback(() => (player ? select(player.state()) : null), [player, select]);
  return useSyncExternalStore(player ? player.subscribe : silent, read);
}
