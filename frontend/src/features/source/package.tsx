import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useDesk } from '@/shared/desk/contract';
import { bytesInWords } from '@/shared/lib/bytes';
import { IconDownload } from '@/shared/ui/icons';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './source.module.css';

/** The item's evidence package: what it would hold is told first, since taking it along is written down. */
export function Package() {
  const { t, i18n } = useTranslation('source');
  const { item } = useDesk();
  const [looking, setLooking] = useState(false);
  const holds = useQuery({
    queryKey: ['item', item.item, 'package', item.changed_at],
    queryFn: ({ signal }) =>
      told(api.GET('/api/v1/items/{item}/package/holds', { params: { path: { item: item.item } }, signal })),
    enabled: looking,
    placeholderData: (known) => known,
    // Whether it can be given now is asked of the stores, not remembered.
    staleTime: 0,
  });
  const held = holds.data;
  return (
    <section>
      <header className={styles['head']}>
        <h2>{t('package.title')}</h2>
        {looking ? null : <Button onClick={() => setLooking(true)}>{t('package.look')}</Button>}
      </header>
      <p className={styles['dim']}>{t('package.hint')}</p>
      {holds.error ? <FailureMessage error={holds.error} retry={() => void holds.refetch()} /> : null}
      {looking && holds.isPending ? <Bones rows={3} height={16} /> : null}
      {held && !holds.error ? (
        <div className={styles['offer']}>
          <dl className={styles['pairs']}>
            <dt>{t('package.files')}</dt>
            <dd>
              {t('package.count', { count: held.files })}, {bytesInWords(held.size_bytes, i18n.language)}
            </dd>
            {held.withheld > 0 ? (
              <>
                <dt>{t('package.withheld')}</dt>
                <dd className={styles['care']}>{t('package.sealed', { count: held.withheld })}</dd>
              </>
            ) : null}
            <dt>{t('package.events')}</dt>
            <dd>{t('package.proven', { count: held.events })}</dd>
            <dt>{t('package.said')}</dt>
            <dd>{t('package.statements', { count: held.assertions })}</dd>
          </dl>
          <p className={styles['care']}>{t('package.care')}</p>
          <p className={styles['take']}>
            <Button
              component="a"
              href={`/api/v1/items/${item.item}/package`}
              download={`${item.item}.zip`}
              leftSection={<IconDownload size={16} />}
            >
              {t('package.take')}
            </Button>
            <Link to="/verify">{t('package.check')}</Link>
          </p>
        </div>
      ) : null}
    </section>
  );
}
