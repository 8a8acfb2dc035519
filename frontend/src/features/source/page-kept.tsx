import { useTranslation } from 'react-i18next';

import { useDesk } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import { useComparison } from './comparison-query';
import { PageSeen } from './page-seen';
import styles from './source.module.css';

/** The newest kept page of the item's source, and whether it shows the post. */
export function PageKept() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const { data, error, refetch } = useComparison(item);
  const newest = data?.data.findLast(({ page }) => page);
  if (error && !data) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (!newest) return null;
  return (
    <section>
      <h2>{t('page.title')}</h2>
      <PageSeen capture={newest} />
      <p className={styles['dim']}>
        {t('page.kept')} <Moment at={newest.started_at} exact />
      </p>
    </section>
  );
}
