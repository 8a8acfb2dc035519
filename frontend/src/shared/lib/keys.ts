/** A physical key with its modifiers, such as `KeyB`, `Shift+Comma` or `Mod+KeyK` (Control, or Command on a Mac). */
export type Chord = string;

/**
 * The chord of a key event by physical position (UI Events `code`), so that a Cyrillic layout makes no difference.
 * A key held down alone (`Shift`) has no chord.
 */
export function chordOf(
  event: Pick<KeyboardEvent, 'code' | 'shiftKey' | 'altKey' | 'ctrlKey' | 'metaKey'>,
): Chord | null {
  if (!event.code || /^(Shift|Control|Alt|Meta|OS)/.test(event.code)) return null;
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push('Mod');
  if (event.altKey) parts.push('Alt');
  if (event.shiftKey) parts.push('Shift');
  return [...parts, event.code].join('+');
}

const SHOWN: Record<string, string> = {
  Space: 'Space',
  Comma: ',',
  Period: '.',
  Slash: '/',
  BracketLeft: '[',
  BracketRight: ']',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Minus: '-',
  Equal: '=',
};

/** The chord as a person reads it, such as `Shift ,`. */
export function spoken(chord: Chord): string {
  if (chord === 'Shift+Slash') return '?';
  return chord
    .split('+')
    .map((part) => (part === 'Mod' ? 'Ctrl' : (SHOWN[part] ?? part.replace(/^(Key|Digit)/, ''))))
    .join(' ');
}

/** Whether somebody is typing there: our keys then keep quiet. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return (
    target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'range', 'submit'].includes(target.type)
  );
}

const ARROWS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
const MOVES = [...ARROWS, 'Home', 'End', 'PageUp', 'PageDown'];
/** Which keys belong to a focused control of which kind, before any of ours (WAI-ARIA Authoring Practices, Keyboard). */
const OWNED: readonly (readonly [string, readonly Chord[]])[] = [
  ['button, a, summary, [role=slider]', ['Space', 'Enter']],
  ['input[type=radio], [role=radio]', ['Space', ...ARROWS]],
  ['input[type=checkbox], [role=checkbox], [role=switch]', ['Space']],
  ['input[type=range]', MOVES],
  ['[role=tab]', ['Space', 'Enter', ...MOVES]],
  ['[role=menu], [role=listbox], [role=combobox], [aria-haspopup=listbox]', ['Space', 'Enter', 'Escape', ...MOVES]],
];

/** Whether the focused control has a use of its own for a key. */
export function ownsKey(target: EventTarget | null, chord: Chord): boolean {
  if (!(target instanceof Element)) return false;
  return OWNED.some(([kind, chords]) => chords.includes(chord) && target.closest(kind) !== null);
}

/** Chords that two actions share, in a set of actions that are there together. */
export function clashes(bindings: Readonly<Record<string, Chord>>): [Chord, string[]][] {
  const users = new Map<Chord, string[]>();
  for (const [action, chord] of Object.entries(bindings)) users.set(chord, [...(users.get(chord) ?? []), action]);
  return [...users].filter(([, actions]) => actions.length > 1);
}
