import { ActionIcon, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

import { spoken } from '@/shared/lib/keys';
import { useOfferedActions } from '@/shared/ui/actions';

/** A button with an icon alone; its name and key stand beside it on hovering. */
export function Tool(props: {
  label: string;
  action?: string;
  onClick: () => void;
  disabled?: boolean;
  pressed?: boolean;
  children: ReactNode;
}) {
  const chord = useOfferedActions().find((action) => action.id === props.action)?.key;
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
