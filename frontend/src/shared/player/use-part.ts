import { useCallback, useSyncExternalStore } from 'react';

import type { Player, PlayerState } from './contract';

/** One part of a player's state, for the player's own parts, which always have one. */
export function usePart<T>(player: Player, select: (state: PlayerState) => T): T {
  const read = useCallback(() => select(player.state()), [player, select]);
  return useSyncExternalStore(player.subscribe, read);
}
