import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { usePages } from '@/api/pages';
import { endingOf } from '@/shared/desk/ending';
import { Moment } from '@/shared/ui/moment';
import { Page } from '@/shared/ui/page';
import { Paged } from '@/shared/ui/paged';
import { StateMessage } from '@/shared/ui/states';

import styles from './receipt.module.css';

/** Everything somebody has handed in, newest first. */
export function ReceiptsPage() {
  const { t } = useTranslation('receipt');
  const pages = usePages(['receipts'], (query) => told(api.GET('/api/v1/submissions', { params: { query } })));
  const empty = (
    <StateMessage title={t('list.empty')} actions={<Link to="/submit">{t('list.first')}</Link>}>
      <p>{t('list.emptyHint')}</p>
    </StateMessage>
  );
  return (
    <Page title={t('list.title')} actions={<Link to="/submit">{t('another')}</Link>}>
      <Paged pages={pages} empty={empty} more={t('list.more')}>
        <ul className={styles['list']}>
          {pages.rows.map((row) => (
            <li key={row.submission}>
              <Link to="/receipts/$submission" params={{ submission: row.submission }}>
                {row.url ?? row.supplied_name ?? row.submission}
              </Link>
              <span className={styles['state']}>
                {row.outcome ? t(`outcomes.${endingOf(row.outcome, row.url === null)}.title`) : t('going')}
              </span>
              <small>
                {row.sensitivity === 'restricted'
                  ? null
                  : `${t(`audience:levels.${row.sensitivity}`)}${row.note ? ' · ' : ''}`}
                {row.note}
                {row.batch ? (
                  <>
                    {row.note || row.sensitivity !== 'restricted' ? ' · ' : ''}
                    <Link to="/batches/$batch" params={{ batch: row.batch }}>
                      {t('batch.of')}
                    </Link>
                  </>
                ) : null}
              </small>
              <small className={styles['state']}>
                <Moment at={row.received_at} />
              </small>
            </li>
          ))}
        </ul>
      </Paged>
    </Page>
  );
}
