import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';

import { type Action, useActions } from '@/shared/ui/actions';

import type { Commands } from './commands';
import type { Player, ShieldKind } from './contract';
import { DEFAULT_KEYS } from './default-keys';
import { nextShield, restored } from './shields';

interface Doing {
  run: () => void;
  release?: () => void;
  repeats?: boolean;
  enabled?: boolean;
}

/** Offers everything the player does by its key and in the palette. */
export function usePlayerActions(props: {
  player: Player;
  commands: Commands;
  goTo: RefObject<HTMLInputElement | null>;
  shield: ShieldKind;
  hasSound: boolean;
}): void {
  const { t } = useTranslation('player');
  const { player, commands, goTo } = props;
  const step = (by: number): Doing => ({ run: () => player.step(by), repeats: true });
  const all: Record<string, Doing> = {
    toggle: { run: () => player.toggle() },
    back: { run: commands.back },
    pause: { run: commands.pause },
    forward: { run: commands.forward },
    previousFrame: step(-1),
    nextFrame: step(1),
    tenBack: step(-10),
    tenForward: step(10),
    previousStop: { run: commands.previousStop, repeats: true },
    nextStop: { run: commands.nextStop, repeats: true },
    start: { run: () => player.seek(0) },
    end: { run: () => player.seek(player.frames - 1) },
    goTo: {
      run: () => {
        goTo.current?.focus();
        goTo.current?.select();
      },
    },
    markIn: { run: commands.markIn },
    markOut: { run: commands.markOut },
    region: { run: commands.region },
    still: { run: commands.still },
    zoom: { run: commands.zoom },
    peek: { run: () => player.setPeeking(true), release: () => player.setPeeking(false) },
    shield: { run: () => player.setShield(nextShield(player.state().shield)) },
    sound: { run: commands.sound, enabled: props.hasSound },
    restore: {
      run: () => {
        player.setPeeking(false);
        player.setDrawing(false);
        player.setShield(restored(props.shield));
      },
    },
    link: { run: commands.link },
  };
  useActions(
    Object.entries(all).map(([name, doing]): Action => ({
      id: `player.${name}`,
      label: t(`actions.${name}`),
      group: t('group'),
      chord: DEFAULT_KEYS[`player.${name}`] ?? null,
      ...doing,
    })),
  );
}
