import { Button, Group, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Drafted } from './contract';

interface Replacing<T> {
  /** Puts another draft in the place of this one, at once or when somebody has agreed; `after` follows only if it did. */
  replace(next: T, after?: () => void): void;
  readonly dialog: ReactNode;
}

/** Nothing half written is replaced unasked: revising something else, or a suggestion, waits for a word. */
export function useReplacing<T extends object>(drafted: Drafted<T>): Replacing<T> {
  const { t } = useTranslation('desk');
  const [asked, ask] = useState<{ next: T; after: (() => void) | undefined } | null>(null);
  const put = (next: T, after: (() => void) | undefined) => {
    drafted.set(next);
    after?.();
    ask(null);
  };
  return {
    replace: (next, after) => (drafted.state === 'clean' ? put(next, after) : ask({ next, after })),
    dialog: (
      <Modal opened={asked !== null} onClose={() => ask(null)} title={t('replacing.title')}>
        <p>{t('replacing.says')}</p>
        <Group mt="md">
          <Button variant="filled" onClick={() => ask(null)} data-autofocus>
            {t('replacing.keep')}
          </Button>
          <Button onClick={() => asked && put(asked.next, asked.after)}>{t('replacing.replace')}</Button>
        </Group>
      </Modal>
    ),
  };
}
