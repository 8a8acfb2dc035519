import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { FailureMessage } from '@/shared/ui/states';
import { Moment } from '@/shared/ui/moment';

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
            {other.still?.sketch ? (
              <img
                className={styles['still']}
                src={other.still.sketch}
                alt={t('still')}
                loading="lazy"
                decoding="async"
              />
            ) : (
              <span className={styles['still']} aria-hidden="true" />
            )}
            <div className={styles['words']}>
              <p className={styles['relation']}>{t('possible.perhaps', { relation: t(`relations.${relation}`) })}</p>
              <p>
                <Link to="/items/$item" params={{ item: other.item }} search={{ tab: 'copies' }}>
                  {other.title ?? t('untitled')}
                </Link>{' '}
                <span className={styles['dim']}>
                  {other.account ? `${other.account} · ` : ''}
                  {t(`known.${other.known_by}`)} <Moment at={other.known_at} exact />
                </span>
              </p>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
