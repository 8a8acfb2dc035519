import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import styles from './copies.module.css';
import { familyQuery } from './queries';

/** Every copy that is known here by the time it is first known of. The earliest known is not called the original. */
export function FamilyLine({ item, changed }: { item: string; changed: string }) {
  const { t } = useTranslation('copies');
  const family = useQuery(familyQuery(item, changed));
  if (family.isError) return <FailureMessage error={family.error} retry={() => void family.refetch()} />;
  const members = family.data?.data ?? [];
  if (members.length < 2) return null;
  return (
    <section>
      <h3>{t('family.title')}</h3>
      <ol className={styles['family']}>
        {members.map((one) => (
          <li key={one.item} data-here={one.item === item} data-sure={one.is_sure}>
            {one.item === item ? (
              <strong>{t('family.this')}</strong>
            ) : (
              <Link to="/items/$item" params={{ item: one.item }} search={{ tab: 'copies' }}>
                {one.title ?? t('untitled')}
              </Link>
            )}{' '}
            <span className={styles['dim']}>
              {t(`known.${one.known_by}`)} <Moment at={one.known_at} exact />
              {one.is_earliest ? ` · ${t('family.earliest')}` : ''}
              {one.is_sure ? '' : ` · ${t('family.unsure')}`}
            </span>
          </li>
        ))}
      </ol>
      <p className={styles['dim']}>{t('family.meaning')}</p>
      {family.data?.is_cut_short ? <p role="status">{t('family.cutShort', { count: members.length })}</p> : null}
    </section>
  );
}
