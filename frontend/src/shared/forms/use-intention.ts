import { useState } from 'react';

import { onceKey } from '@/api/client';

/**
 * One key for one intention: sending it again over a bad network makes nothing twice. What is set through `renewing`
 * makes it another intention, with another key.
 */
export function useIntention() {
  const [key, setKey] = useState(onceKey);
  const renewing =
    <T>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      setKey(onceKey());
    };
  return { key, renewing };
}
