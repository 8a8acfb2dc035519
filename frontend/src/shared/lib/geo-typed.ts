/** Coordinates as people type and copy them, in Latin or Cyrillic letters. */

import type { Point } from './geo';

/** `swapped`: without letters, and the first number can only be a longitude. */
export interface TypedPoint extends Point {
  readonly swapped: boolean;
}

type Letter = 'N' | 'S' | 'E' | 'W';
type Token =
  | { readonly kind: 'number'; readonly value: number; readonly signed: boolean; readonly whole: boolean }
  | { readonly kind: 'letter'; readonly letter: Letter }
  | { readonly kind: 'degree' | 'minute' | 'second' | 'separator' };

const CYRILLIC: readonly [RegExp, string][] = [
  [/(?:пн|сев|с)\.?\s*ш(?:ир)?\.?/giu, 'N'],
  [/(?:пд|юж|ю)\.?\s*ш(?:ир)?\.?/giu, 'S'],
  [/(?:сх|вост|в)\.?\s*д(?:ол)?\.?/giu, 'E'],
  [/(?:зх|зап|з)\.?\s*д(?:ол)?\.?/giu, 'W'],
];

/**
 * Reads decimal degrees, degrees and minutes, or degrees, minutes and seconds; with letters in any order, without them
 * latitude first. Takes decimal commas where they can be told from separators. Null for what has no one reading.
 */
export function parseCoordinates(text: string): TypedPoint | null {
  const tokens = tokensOf(normal(text));
  const halves = tokens && halvesOf(tokens);
  if (!halves) return null;
  const [first, second] = [degreesOf(halves[0]), degreesOf(halves[1])];
  if (!first || !second || (first.axis === null) !== (second.axis === null)) return null;
  if (first.axis !== null) {
    if (first.axis === second.axis) return null;
    const [lat, lon] = first.axis === 'lat' ? [first, second] : [second, first];
    return inRange(lat.degrees, lon.degrees, false);
  }
  const swapped = Math.abs(first.degrees) > 90 && Math.abs(second.degrees) <= 90;
  return swapped ? inRange(second.degrees, first.degrees, true) : inRange(first.degrees, second.degrees, false);
}

function inRange(lat: number, lon: number, swapped: boolean): TypedPoint | null {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon, swapped } : null;
}

/** One spelling of each sign; a comma between digits becomes a point only where nothing else can be meant. */
function normal(text: string): string {
  let plain = text
    .normalize('NFC')
    .trim()
    .replace(/^geo:/i, '')
    .replace(/[−–]/g, '-')
    .replace(/[º˚]/g, '°')
    .replace(/[′’‘`´]/g, "'")
    .replace(/[″”“]|''/g, '"');
  for (const [words, letter] of CYRILLIC) plain = plain.replace(words, letter);
  const between = plain.match(/\d,(?=\d)/g)?.length ?? 0;
  if (!plain.includes('.') && between === 2) plain = plain.replace(/(\d),(?=\d)/g, '$1.');
  return plain.toUpperCase();
}

const TOKEN = /\s*(?:([+-]?)(\d+(?:\.\d*)?)|([NSEW])|([°'"])|([,;/]))\s*/y;

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (!found) return null;
    const [, sign, digits, letter, mark] = found;
    if (digits !== undefined)
      tokens.push({
        kind: 'number',
        value: Number(digits) * (sign === '-' ? -1 : 1),
        signed: sign !== '',
        whole: !digits.includes('.'),
      });
    else if (letter) tokens.push({ kind: 'letter', letter: letter as Letter });
    else if (mark) tokens.push({ kind: mark === '°' ? 'degree' : mark === "'" ? 'minute' : 'second' });
    else tokens.push({ kind: 'separator' });
  }
  return tokens;
}

/** Where the first angle ends: at the letters, at the separator, at the second degree sign, else in the middle. */
function halvesOf(tokens: readonly Token[]): [Token[], Token[]] | null {
  const places = (kind: Token['kind']) => tokens.flatMap((token, n) => (token.kind === kind ? [n] : []));
  const split = (at: number): [Token[], Token[]] => [
    tokens.slice(0, at).filter(({ kind }) => kind !== 'separator'),
    tokens.slice(at).filter(({ kind }) => kind !== 'separator'),
  ];
  const separators = places('separator');
  const [letters, degrees, numbers] = [places('letter'), places('degree'), places('number')];
  const [separator] = separators;
  if (separators.length > 1) return null;
  if (letters.length === 2) return split(letters[0] === 0 ? (letters[1] ?? 0) : (letters[0] ?? 0) + 1);
  if (letters.length > 0) return null;
  if (separator !== undefined) return split(separator);
  if (degrees.length === 2) return split((degrees[1] ?? 0) - 1);
  return numbers.length % 2 === 0 && numbers.length > 0 ? split(numbers[numbers.length / 2] ?? 0) : null;
}

function degreesOf(tokens: readonly Token[]): { degrees: number; axis: 'lat' | 'lon' | null } | null {
  const numbers = tokens.filter((token) => token.kind === 'number');
  const [letter] = tokens.filter((token) => token.kind === 'letter');
  const [whole, minutes, seconds] = numbers;
  if (!whole || numbers.length > 3 || !marksInOrder(tokens)) return null;
  const parts = [minutes, seconds].filter((part) => part !== undefined);
  if (parts.some((part) => part.signed || part.value >= 60)) return null;
  if (numbers.slice(0, -1).some((part) => !part.whole)) return null;
  if (letter && whole.signed) return null;
  const size = Math.abs(whole.value) + (minutes?.value ?? 0) / 60 + (seconds?.value ?? 0) / 3600;
  const isNegative =
    Object.is(Math.sign(whole.value), -0) || whole.value < 0 || letter?.letter === 'S' || letter?.letter === 'W';
  const axis = letter ? (letter.letter === 'N' || letter.letter === 'S' ? 'lat' : 'lon') : null;
  return { degrees: isNegative && size > 0 ? -size : size, axis };
}

/** Marks, where they stand, follow the number they belong to. */
function marksInOrder(tokens: readonly Token[]): boolean {
  const marks = ['degree', 'minute', 'second'];
  let number = -1;
  for (const { kind } of tokens) {
    if (kind === 'number') number += 1;
    else if (marks.includes(kind) && marks.indexOf(kind) !== number) return false;
  }
  return true;
}
