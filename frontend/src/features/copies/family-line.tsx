import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { KnownSince, RelativeTitle } from '@/shared/relative/relative';
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
              <RelativeTitle other={one} place={{ tab: 'copies' }} />
            )}{' '}
            <span className={styles['dim']}>
              <KnownSince other={one} />
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
