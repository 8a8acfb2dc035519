import { useEffect, useEffectEvent, useState } from 'react';

export type LiveState = 'connecting' | 'open' | 'lost' | 'ended';
export type LiveHandlers = Readonly<Record<string, (body: unknown) => void>>;

/**
 * Follows what happens to an item or a submission. The browser comes back by itself with Last-Event-ID;
 * `lost` means that it is trying. The handlers are named for the events they take.
 */
export function useLive(watched: { item: string } | { submission: string } | null, handlers: LiveHandlers): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const query = watched ? new URLSearchParams(watched).toString() : null;
  const names = Object.keys(handlers).toSorted().join(' ');

  const tell = useEffectEvent((name: string, event: Event) => {
    if (event instanceof MessageEvent) handlers[name]?.(JSON.parse(String(event.data)));
  });

  useEffect(() => {
    if (!query) return undefined;
    const source = new EventSource(`/api/v1/live?${query}`);
    source.addEventListener('open', () => setState('open'));
    source.addEventListener('error', () => setState('lost'));
    source.addEventListener('end', () => {
      source.close();
      setState('ended');
    });
    for (const name of names.split(' ').filter(Boolean)) {
      source.addEventListener(name, (event) => tell(name, event));
    }
    return () => source.close();
  }, [query, names]);
  return state;
}
