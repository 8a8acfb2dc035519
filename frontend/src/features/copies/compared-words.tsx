import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { InCode } from '@/shared/ui/in-code';
import { FailureMessage } from '@/shared/ui/states';

import styles from './copies.module.css';
import { type Compared, comparedQuery } from './queries';

/** How far the search for copies has come: nobody is left out without a word. */
export function ComparedLine({ item, changed }: { item: string; changed: string }) {
  const compared = useQuery(comparedQuery(item, changed));
  if (compared.isError) return <FailureMessage error={compared.error} retry={() => void compared.refetch()} />;
  return compared.data ? <ComparedWords compared={compared.data} /> : null;
}

export function ComparedWords({ compared }: { compared: Compared }) {
  const { t } = useTranslation('copies');
  const { left, given_up: givenUp, unreadable, is_owed: isOwed } = compared;
  return (
    <div className={styles['found']}>
      {compared.compared > 0 ? (
        <p className={styles['dim']}>
          {t('compared.done', { count: compared.compared })} {t('compared.later')}
        </p>
      ) : null}
      {left > 0 ? (
        <p role="status">
          {t('compared.left', { count: left })} {t(isOwed ? 'compared.owed' : 'compared.stopped')}
        </p>
      ) : null}
      {givenUp > 0 ? (
        <p>
          <InCode>{t('compared.givenUp', { count: givenUp })}</InCode>
        </p>
      ) : null}
      {unreadable > 0 ? <p>{t('compared.unreadable', { count: unreadable })}</p> : null}
    </div>
  );
}
