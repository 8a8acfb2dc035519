import { ActionIcon, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

import { spoken } from '@/shared/lib/keys';

import { DEFAULT_KEYS } from './default-keys';

/** A button with an icon alone; its name and key stand beside it on hovering. */
export function Tool(props: {
  label: string;
  action?: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
  children: ReactNode;
}) {
  const chord = props.action ? DEFAULT_KEYS[props.action] : undefined;
  return (
    <Tooltip label={chord ? `${props.label}  ${spoken(chord)}` : props.label}>
      <ActionIcon
        aria-label={props.label}
        aria-pressed={props.pressed}
        variant={props.pressed ? 'light' : 'subtle'}
        {...(props.pressed ? { color: 'steel' } : {})}
        disabled={props.disabled ?? false}
        onClick={props.onClick}
      >
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}
