/** Numbers between how people write them and how they are kept. */

const NUMBER = /^[+-]?(?:\d{1,15}(?:[.,]\d{0,15})?|[.,]\d{1,15})$/;

/** Reads `52`, `52.`, `-0,5` or `.5`, with any minus sign; null for what is no number. */
export function readNumber(text: string): number | null {
  const written = text.replaceAll(/\s/g, '').replaceAll(/[−–]/g, '-');
  return NUMBER.test(written) ? Number(written.replace(',', '.')) : null;
}

/** A number as it is written in a language, without groups of thousands: what is shown can be typed again. */
export function writtenNumber(value: number | null, language: string): string {
  if (value === null) return '';
  return new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 15 }).format(value);
}
