/** Where the panels around a picture find its player. */

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';

import type { Player, PlayerState } from './contract';

/** What is to be done with the player of an original once it is there. */
type Arrival = (player: Player) => void;

interface Slot {
  readonly player: Player | null;
  readonly offer: (player: Player | null) => void;
  readonly shown: string | null;
  readonly go: ((original: string, arrive: Arrival) => void) | null;
}

const Context = createContext<Slot | null>(null);

/**
 * Stands above a `PlayerView` and all that wants to know of its player. `shown` is the original that is
 * shown, also where it has no player; `onOriginal` puts another one before the reader.
 */
export function PlayerProvider({
  shown = null,
  onOriginal,
  children,
}: {
  shown?: string | null;
  onOriginal?: (original: string) => void;
  children: ReactNode;
}) {
  const [player, setPlayer] = useState<Player | null>(null);
  const awaited = useRef<{ original: string; arrive: Arrival } | null>(null);
  const offer = useCallback((offered: Player | null) => {
    setPlayer(offered);
    if (!offered) return;
    const { original, arrive } = awaited.current ?? {};
    awaited.current = null;
    // A frame of one original is never shown in another.
    if (original === offered.original) arrive?.(offered);
  }, []);
  const slot = useMemo((): Slot => {
    const go = (original: string, arrive: Arrival) => {
      if (player?.original === original) return arrive(player);
      awaited.current = { original, arrive };
      return onOriginal?.(original);
    };
    return { player, offer, shown, go: onOriginal ? go : null };
  }, [player, offer, shown, onOriginal]);
  return <Context.Provider value={slot}>{children}</Context.Provider>;
}

/** Digest of the original that is shown, played or not; null while that is not known. */
export function useShownOriginal(): string | null {
  const slot = useContext(Context);
  return slot?.player?.original ?? slot?.shown?.replace(/^sha256:/, '') ?? null;
}

/** Goes to another original of the item and does something there; null where there is no way. */
export function useOriginalChange(): Slot['go'] {
  return useContext(Context)?.go ?? null;
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
