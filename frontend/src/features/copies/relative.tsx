import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import { Moment } from '@/shared/ui/moment';

import styles from './copies.module.css';

type Relative = Schemas['Relative'];

/** A still of another item behind its shield, or its empty place. */
export function RelativeStill({ other }: { other: Relative }) {
  const { t } = useTranslation('copies');
  return other.still?.sketch ? (
    <img className={styles['still']} src={other.still.sketch} alt={t('still')} loading="lazy" decoding="async" />
  ) : (
    <span className={styles['still']} aria-hidden="true" />
  );
}

/** What another item is called, whose it is, and since when it is known; leads to its own copies. */
export function RelativeName({ other }: { other: Relative }) {
  const { t } = useTranslation('copies');
  return (
    <p>
      <Link to="/items/$item" params={{ item: other.item }} search={{ tab: 'copies' }}>
        {other.title ?? t('untitled')}
      </Link>{' '}
      <span className={styles['dim']}>
        {other.account ? `${other.account} · ` : ''}
        {t(`known.${other.known_by}`)} <Moment at={other.known_at} exact />
      </span>
    </p>
  );
}
