/** Symbol codes of MIL-STD-2525 and APP-6: what can be read from one, and how a simple one is made. */

export const AFFILIATIONS = ['unknown', 'friend', 'hostile', 'neutral'] as const;
export type Affiliation = (typeof AFFILIATIONS)[number];

export const ECHELONS = [
  'team',
  'squad',
  'section',
  'platoon',
  'company',
  'battalion',
  'regiment',
  'brigade',
  'division',
  'corps',
  'army',
  'army_group',
  'region',
  'command',
] as const;
export type Echelon = (typeof ECHELONS)[number];

/** Land units by their number in set 10 of MIL-STD-2525D, the ones a register mostly needs. */
export const DUTIES = {
  unspecified: '000000',
  infantry: '121100',
  motorised: '121104',
  mechanised: '121102',
  armour: '120500',
  reconnaissance: '121300',
  sniper: '121500',
  special_forces: '121700',
  artillery: '130300',
  self_propelled: '130301',
  air_defence: '130100',
  unmanned: '121900',
  helicopters: '120600',
  engineers: '140700',
  signals: '111000',
  electronic_warfare: '150500',
  military_police: '141200',
  supply: '163400',
  maintenance: '161100',
  medical: '161300',
} as const;
export type Duty = keyof typeof DUTIES;

/** What a code says, as far as we have words for it. */
export interface SymbolRead {
  readonly form: 'number' | 'letter';
  readonly affiliation: Affiliation | 'pending' | 'suspect' | 'assumed_friend' | null;
  readonly echelon: Echelon | null;
  readonly duty: Duty | null;
}

const NUMBER = /^\d{20}$/;
const LETTER = /^[A-Z][A-Z*-][A-Z*-][A-Z*-][A-Z0-9*-]{11}$/;
const IDENTITIES = ['pending', 'unknown', 'assumed_friend', 'friend', 'neutral', 'suspect', 'hostile'] as const;
const LETTER_IDENTITIES: Readonly<Record<string, SymbolRead['affiliation']>> = {
  P: 'pending',
  U: 'unknown',
  A: 'assumed_friend',
  F: 'friend',
  N: 'neutral',
  S: 'suspect',
  H: 'hostile',
};
const IDENTITY: Readonly<Record<Affiliation, string>> = { unknown: '1', friend: '3', neutral: '4', hostile: '6' };
/** Positions 9 and 10 of a number code, in the order of ECHELONS. */
const ECHELON_NUMBERS = ['11', '12', '13', '14', '15', '16', '17', '18', '21', '22', '23', '24', '25', '26'];
const LAND_UNIT = '10';

/** Reads a code; null when it has neither form. Whether it can be drawn, only the drawing knows. */
export function readSidc(code: string): SymbolRead | null {
  if (NUMBER.test(code)) {
    const numbers = Object.entries(DUTIES) as [Duty, string][];
    return {
      form: 'number',
      affiliation: IDENTITIES[Number(code[3])] ?? null,
      echelon: ECHELONS[ECHELON_NUMBERS.indexOf(code.slice(8, 10))] ?? null,
      duty: code.slice(4, 6) === LAND_UNIT ? (numbers.find(([, n]) => n === code.slice(10, 16))?.[0] ?? null) : null,
    };
  }
  if (!LETTER.test(code)) return null;
  return {
    form: 'letter',
    affiliation: LETTER_IDENTITIES[code[1] ?? ''] ?? null,
    echelon: ECHELONS['ABCDEFGHIJKLMN'.indexOf(code[11] ?? '?')] ?? null,
    duty: null,
  };
}

/** The number code of a present land unit. */
export function makeSidc(affiliation: Affiliation, echelon: Echelon | null, duty: Duty): string {
  const size = echelon ? (ECHELON_NUMBERS[ECHELONS.indexOf(echelon)] ?? '00') : '00';
  return `100${IDENTITY[affiliation]}${LAND_UNIT}00${size}${DUTIES[duty]}0000`;
}
