import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { headlineOf, recordedBounds } from '@/shared/records/body';
import { placeLine, useSpanWords } from '@/shared/records/format';
import { Moment } from '@/shared/ui/moment';

import type { Column } from './columns';
import styles from './explore.module.css';
import type { Row } from './queries';

/** What stands in one cell of the table; what is missing is said. */
export function Cell({ column, row }: { column: Column; row: Row }) {
  const { t, i18n } = useTranslation('explore');
  const spanWords = useSpanWords();
  const { record, read } = row;
  const bounds = recordedBounds(read);
  const missing = (words: string) => <span className={styles['missing']}>{words}</span>;
  switch (column) {
    case 'summary':
      return (
        <Link to="/records/$record" params={{ record: record.pid }} className={styles['headline']}>
          {headlineOf(read) ?? t('noSummary')}
        </Link>
      );
    case 'recorded':
      return bounds ? <span className={styles['figures']}>{spanWords(bounds)}</span> : missing(t('noTime'));
    case 'place': {
      const place = placeLine(read, i18n.language);
      const more = read.places.length - 1;
      return place ? (
        <span className={styles['figures']}>
          {place}
          {more > 0 ? ` +${more}` : ''}
        </span>
      ) : (
        missing(t('noPlace'))
      );
    }
    case 'units':
      return read.units.length > 0
        ? read.units.map((unit) => unit.name ?? t('registered')).join('; ')
        : missing(t('noUnit'));
    case 'platform':
      return read.platform ?? missing(t('noPlatform'));
    case 'published':
      return <Moment at={record.published_at} />;
    case 'version':
      return <span className={styles['figures']}>v{record.version}</span>;
    case 'review':
      return t('reviewers', { count: record.review.reviewers });
    case 'id':
      return <code className={styles['figures']}>{record.pid}</code>;
  }
}
