import { ActionIcon, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';

import { IconCheck, IconCopy } from '@/shared/ui/icons';

/** Copies a text; says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation('source');
  const clipboard = useClipboard({ timeout: 1500 });
  const words = clipboard.copied ? t('copied') : label;
  return (
    <Tooltip label={words}>
      <ActionIcon size={24} aria-label={words} onClick={() => clipboard.copy(text)}>
        {clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}
