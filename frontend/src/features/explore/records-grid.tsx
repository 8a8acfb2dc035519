import { useTranslation } from 'react-i18next';

import { headlineOf, recordedBounds } from '@/shared/records/body';
import { placeLine, useSpanWords } from '@/shared/records/format';

import styles from './explore.module.css';
import type { Row } from './queries';

/** The found records as tiles of words: a published record carries no picture, so none is shown. */
export function RecordsGrid({
  rows,
  chosen,
  onChoose,
}: {
  rows: readonly Row[];
  chosen: string | null;
  onChoose: (pid: string) => void;
}) {
  const { t, i18n } = useTranslation('explore');
  const spanWords = useSpanWords();
  return (
    <ul className={styles['tiles']} aria-label={t('grid')}>
      {rows.map(({ record, read }) => {
        const bounds = recordedBounds(read);
        return (
          <li key={record.pid}>
            <button
              type="button"
              className={styles['tile']}
              aria-pressed={record.pid === chosen}
              onClick={() => onChoose(record.pid)}
            >
              <span className={styles['tileWords']}>{headlineOf(read) ?? t('noSummary')}</span>
              <span className={styles['tileFact']}>{placeLine(read, i18n.language) ?? t('noPlace')}</span>
              <span className={styles['tileFact']}>{bounds ? spanWords(bounds) : t('noTime')}</span>
              <span className={styles['tileFoot']}>
                <span>{t('reviewers', { count: record.review.reviewers })}</span>
                <span>v{record.version}</span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
