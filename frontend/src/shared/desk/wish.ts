import { useEffect, useEffectEvent } from 'react';

const fulfilling = new Map<string, () => void>();
let waiting: string | null = null;

/** Asks a panel for something, such as a new note; one that is only about to open does it when it is there. */
export function wish(name: string): void {
  const fulfil = fulfilling.get(name);
  if (fulfil) fulfil();
  else waiting = name;
}

/** Does what is wished for under a name, while the component is there. */
export function useWish(name: string, fulfil: () => void): void {
  const run = useEffectEvent(fulfil);
  useEffect(() => {
    fulfilling.set(name, () => run());
    if (waiting === name) {
      waiting = null;
      run();
    }
    return () => {
      fulfilling.delete(name);
    };
  }, [name]);
}
