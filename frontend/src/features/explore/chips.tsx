import { useTranslation } from 'react-i18next';

import { pointWords, radiusWords } from '@/shared/records/format';
import { IconX } from '@/shared/ui/icons';

import styles from './explore.module.css';
import { type ExploreSearch, type Filter, FILTERS } from './search';

/** What narrows the result down, each part with its way out. */
export function Chips({ search, onRemove }: { search: ExploreSearch; onRemove: (filters: readonly Filter[]) => void }) {
  const { t } = useTranslation('explore');
  const words = useFilterWords();
  const active = FILTERS.filter((name) => search[name] !== undefined);
  if (active.length === 0) return null;
  return (
    <ul className={styles['chips']} aria-label={t('filter.active')}>
      {active.map((name) => (
        <li key={name} className={styles['chip']}>
          {words(name, search[name] ?? '')}
          <button
            type="button"
            aria-label={t('filter.remove', { filter: words(name, search[name] ?? '') })}
            onClick={() => onRemove([name])}
          >
            <IconX size={14} />
          </button>
        </li>
      ))}
      {active.length > 1 ? (
        <li>
          <button type="button" className={styles['plain']} onClick={() => onRemove(active)}>
            {t('filter.removeAll')}
          </button>
        </li>
      ) : null}
    </ul>
  );
}

function useFilterWords(): (name: Filter, value: string) => string {
  const { t, i18n } = useTranslation('explore');
  return (name, value) => {
    if (name === 'near') {
      const [lat = 0, lon = 0, radiusM = 0] = value.split(',').map(Number);
      const radius = radiusWords(radiusM, i18n.language);
      return t('chip.near', { point: pointWords({ lat, lon, radiusM: 1 }), radius });
    }
    if (name === 'bbox') {
      const [west = 0, south = 0, east = 0, north = 0] = value.split(',').map(Number);
      const corner = (lat: number, lon: number) => `${lat.toFixed(2)}, ${lon.toFixed(2)}`;
      return t('chip.bbox', { from: corner(south, west), to: corner(north, east) });
    }
    return t(`chip.${name}`, { value });
  };
}
