import { ActionIcon } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { headlineOf, recordedBounds } from '@/shared/records/body';
import { pointWords, radiusWords, useSpanWords, useVocabulary } from '@/shared/records/format';
import { IconX } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';

import styles from './explore.module.css';
import type { Row } from './queries';

/** The chosen record beside the others. */
export function Preview({ row, onClose }: { row: Row; onClose: () => void }) {
  const { t, i18n } = useTranslation('explore');
  const spanWords = useSpanWords();
  const word = useVocabulary();
  const { record, read } = row;
  const bounds = recordedBounds(read);
  return (
    <aside className={styles['preview']} aria-label={t('preview.label')}>
      <header>
        <h2>{headlineOf(read) ?? t('noSummary')}</h2>
        <ActionIcon aria-label={t('preview.close')} onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      <dl>
        <dt>{t('columns.recorded')}</dt>
        <dd className={styles['figures']}>{bounds ? spanWords(bounds) : t('noTime')}</dd>
        <dt>{t('columns.place')}</dt>
        {read.places.length === 0 ? <dd>{t('noPlace')}</dd> : null}
        {read.places.map((place) => (
          <dd key={place.assertion}>
            {word('placeRoles', place.role)}: <span className={styles['figures']}>{pointWords(place)}</span>
            {' ± '}
            {radiusWords(place.radiusM, i18n.language)}
          </dd>
        ))}
        <dt>{t('columns.units')}</dt>
        {read.units.length === 0 ? <dd>{t('noUnit')}</dd> : null}
        {read.units.map((unit) => (
          <dd key={unit.assertion}>
            {unit.name ?? t('registered')}, {word('unitRoles', unit.role)}
          </dd>
        ))}
        <dt>{t('columns.published')}</dt>
        <dd>
          <Moment at={record.published_at} exact />, v{record.version},{' '}
          {t('reviewers', { count: record.review.reviewers })}
        </dd>
      </dl>
      <Link to="/records/$record" params={{ record: record.pid }}>
        {t('preview.open')}
      </Link>
    </aside>
  );
}
