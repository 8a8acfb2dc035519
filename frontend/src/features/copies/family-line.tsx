import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { KnownSince, RelativeTitle } from '@/shared/relative/relative';
import { FailureMessage } from '@/shared/ui/states';

import styles from './copies.module.css';
import { type Family, familyQuery } from './queries';

/** The items that have a card of their own below; null where not all of those are known. */
type Carded = ReadonlySet<string> | null;

export function FamilyLine({ item, changed, carded }: { item: string; changed: string; carded: Carded }) {
  const family = useQuery(familyQuery(item, changed));
  if (family.isError) return <FailureMessage error={family.error} retry={() => void family.refetch()} />;
  if (!family.data || family.data.data.length < 2) return null;
  return <FamilyList item={item} family={family.data} carded={carded} />;
}

/** Every copy that is known here by the time it is first known of. The earliest known is not called the original. */
export function FamilyList({ item, family, carded }: { item: string; family: Family; carded: Carded }) {
  const { t } = useTranslation('copies');
  const members = family.data;
  // A copy of a copy is a copy; but the two were never found to be alike themselves, and there is nothing to decide.
  const through = new Set(
    carded ? members.map((one) => one.item).filter((one) => one !== item && !carded.has(one)) : [],
  );
  return (
    <section>
      <h3>
        {t('family.title')} <span className={styles['dim']}>{members.length}</span>
      </h3>
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
              {through.has(one.item) ? ` · ${t('family.via')}` : ''}
            </span>
          </li>
        ))}
      </ol>
      {through.size > 0 ? (
        <p>
          {t('family.direct', { count: members.length - 1 - through.size })}{' '}
          {t('family.through', { count: through.size })}
        </p>
      ) : null}
      <p className={styles['dim']}>{t('family.meaning')}</p>
      {family.is_cut_short ? <p role="status">{t('family.cutShort', { count: members.length })}</p> : null}
    </section>
  );
}
