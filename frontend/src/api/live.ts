import { useEffect, useEffectEvent, useState } from 'react';

export type LiveState = 'connecting' | 'open' | 'lost' | 'ended';
export type LiveHandlers = Readonly<Record<string, (body: unknown) => void>>;

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Follows what happens to an item or a submission; `lost` means that it is being tried again. After a broken line the
 * browser comes back by itself with Last-Event-ID; after an answer that is none (a server that starts, a proxy's 502,
 * too many watchers) it would stay away for ever, so a new stream is opened after a pause that doubles. `onBack` is told
 * of either, since what happened meanwhile was told to nobody. The handlers are named for the events they take.
 */
export function useLive(
  watched: { item: string } | { submission: string } | null,
  handlers: LiveHandlers,
  onBack: () => void,
): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const query = watched ? new URLSearchParams(watched).toString() : null;
  const names = Object.keys(handlers).toSorted().join(' ');

  const back = useEffectEvent(onBack);
  const tell = useEffectEvent((name: string, event: Event) => {
    if (event instanceof MessageEvent) handlers[name]?.(JSON.parse(String(event.data)));
  });

  useEffect(() => {
    if (!query) return undefined;
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let waitMs = FIRST_WAIT_MS;
    const listen = (isBack: boolean) => {
      source = new EventSource(`/api/v1/live?${query}`);
      source.addEventListener('open', () => {
        waitMs = FIRST_WAIT_MS;
        setState('open');
        if (isBack) back();
      });
      source.addEventListener('error', () => {
        setState('lost');
        if (source.readyState !== EventSource.CLOSED) return;
        // Perhaps it may be seen no longer: whoever asks in full is told so.
        back();
        timer = setTimeout(() => listen(true), waitMs);
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
      });
      source.addEventListener('end', () => {
        source.close();
        setState('ended');
      });
      for (const name of names.split(' ').filter(Boolean)) {
        source.addEventListener(name, (event) => tell(name, event));
      }
    };
    listen(false);
    return () => {
      clearTimeout(timer);
      source.close();
    };
  }, [query, names]);
  return state;
}
