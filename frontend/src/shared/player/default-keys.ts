/** The player's keys unless somebody chose others: physical keys, the same on every layout. */

import type { Chord } from '@/shared/lib/keys';

export const DEFAULT_KEYS: Readonly<Record<string, Chord>> = {
  'player.toggle': 'Space',
  'player.back': 'KeyJ',
  'player.pause': 'KeyK',
  'player.forward': 'KeyL',
  'player.previousFrame': 'Comma',
  'player.nextFrame': 'Period',
  'player.tenBack': 'Shift+Comma',
  'player.tenForward': 'Shift+Period',
  'player.previousStop': 'ArrowLeft',
  'player.nextStop': 'ArrowRight',
  'player.start': 'Home',
  'player.end': 'End',
  'player.goTo': 'KeyG',
  'player.markIn': 'KeyI',
  'player.markOut': 'KeyO',
  'player.region': 'KeyR',
  'player.still': 'KeyS',
  'player.zoom': 'KeyZ',
  'player.panLeft': 'Shift+ArrowLeft',
  'player.panRight': 'Shift+ArrowRight',
  'player.panUp': 'Shift+ArrowUp',
  'player.panDown': 'Shift+ArrowDown',
  'player.peek': 'KeyB',
  'player.shield': 'KeyV',
  'player.sound': 'KeyM',
  'player.restore': 'Escape',
  'player.faces': 'KeyF',
  'player.timelineIn': 'Equal',
  'player.timelineOut': 'Minus',
  'player.timelineWhole': 'Digit0',
  'player.link': 'KeyU',
};

/** The keys of the panels beside the player, in their order: there are more of them than digits. */
export const PANEL_KEYS = {
  source: 'Digit1',
  place: 'Digit2',
  time: 'Digit3',
  unit: 'Digit4',
  content: 'Digit5',
  notes: 'Digit6',
  history: 'Digit7',
  publish: 'Digit8',
  text: 'Digit9',
  copies: 'KeyC',
} as const satisfies Readonly<Record<string, Chord>>;

/** Keys of the page around the player, which stay what they are. */
export const PAGE_KEYS: readonly Chord[] = [
  'Enter',
  'KeyN',
  'Shift+KeyN',
  'KeyQ',
  'Shift+Slash',
  'Mod+KeyK',
  ...Object.values(PANEL_KEYS),
];
