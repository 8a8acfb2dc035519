import { useRef } from 'react';

import { onceKey } from '@/api/client';

/** A key for each thing sent: the same thing sent again has the same key, a corrected one a new key. */
export function useOnce(): (body: object) => string {
  const last = useRef({ body: '', key: '' });
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current.body !== text) last.current = { body: text, key: onceKey() };
    return last.current.key;
  };
}
