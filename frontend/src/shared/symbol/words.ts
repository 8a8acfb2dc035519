import { useTranslation } from 'react-i18next';

import { readSidc } from './sidc';

/** A code in words, such as "Hostile, battalion, infantry"; the code itself where there are none. */
export function useSymbolWords(): (code: string) => string {
  const { t } = useTranslation('symbol');
  return (code) => {
    const read = readSidc(code);
    if (!read) return t('unreadable', { code });
    const words = [
      read.affiliation ? t(`affiliations.${read.affiliation}`) : null,
      read.echelon ? t(`echelons.${read.echelon}`) : null,
      read.duty && read.duty !== 'unspecified' ? t(`duties.${read.duty}`) : null,
    ].filter((word) => word !== null);
    return words.length > 0 ? words.join(', ') : t('code', { code });
  };
}
