/** Dates that need not be whole (EDTF, levels 0 and 1), as the registers take them. */

const FORM = /^(\d{4}|\d{3}X|\d{2}XX)(-(\d\d|XX)(-(\d\d|XX))?)?[?~%]?$/;

/** Whether the archive will take a date: `2014`, `2014-03`, `201X`, `2014-XX`, a season `2014-21`, with ? or ~. */
export function isPartialDate(text: string): boolean {
  const found = FORM.exec(text);
  if (!found) return false;
  const [, year = '', , month, , day] = found;
  if (year === '0000') return false;
  if (year.includes('X')) return month === undefined;
  if (month === undefined) return true;
  if (month === 'XX') return day === undefined || day === 'XX';
  if (Number(month) >= 21 && Number(month) <= 24) return day === undefined;
  if (Number(month) < 1 || Number(month) > 12) return false;
  if (day === undefined || day === 'XX') return true;
  const exact = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(exact.getTime()) && exact.getUTCDate() === Number(day);
}

/** `from` to `until` in one text; null when both are open. */
export function datesWords(name: { from?: string | null; until?: string | null }): string | null {
  return name.from || name.until ? `${name.from ?? '…'} – ${name.until ?? '…'}` : null;
}
