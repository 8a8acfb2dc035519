import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { RelativeName } from '@/shared/relative/relative';
import { DrawnStill } from '@/shared/ui/drawn-still';
import { FailureMessage } from '@/shared/ui/states';

import styles from './copies.module.css';
import { possibleMatchesQuery } from './queries';

/** Which items a first look at the key frames found alike: nothing to decide yet, and gone once all was compared. */
export function PossibleMatches({ item, changed }: { item: string; changed: string }) {
  const { t } = useTranslation('copies');
  const found = useQuery(possibleMatchesQuery(item, changed));
  if (found.isError) return <FailureMessage error={found.error} retry={() => void found.refetch()} />;
  const rows = found.data?.data ?? [];
  if (rows.length === 0) return null;
  return (
    <section className={styles['panel']} aria-label={t('possible.title')}>
      <header>
        <h3>
          {t('possible.title')} <span className={styles['dim']}>{rows.length}</span>
        </h3>
        <p className={styles['dim']}>{t('possible.provisional')}</p>
      </header>
      <ul className={styles['list']}>
        {rows.map(({ original, other, other_original, relation }) => (
          <li key={`${original} ${other.item} ${other_original}`} className={styles['card']}>
            <DrawnStill still={other.still} alt={t('still')} />
            <div className={styles['words']}>
              <p className={styles['relation']}>{t('possible.perhaps', { relation: t(`relations.${relation}`) })}</p>
              <RelativeName other={other} place={{ tab: 'copies' }} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
