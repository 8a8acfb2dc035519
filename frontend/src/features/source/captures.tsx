import { useTranslation } from 'react-i18next';

import type { Item } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';

import styles from './source.module.css';

/** Every attempt to collect the source, newest first, whatever its end. */
export function Captures({ item }: { item: Item }) {
  const { t } = useTranslation('source');
  if (item.captures.length === 0) return <p className={styles['dim']}>{t('noCaptures')}</p>;
  return (
    <ol className={styles['captures']}>
      {item.captures.toReversed().map((capture) => (
        <li key={capture.capture}>
          <p
            className={styles['outcome']}
            data-good={capture.outcome === 'captured'}
            data-partial={capture.outcome === 'partial'}
          >
            {t(`outcomes.${capture.outcome}`)}
          </p>
          <p>{capture.sentence}</p>
          <p className={styles['dim']}>
            <Moment at={capture.ended_at} exact />
            {capture.tool ? (
              <span className={styles['mono']}>
                {capture.tool} {capture.tool_version}
              </span>
            ) : null}
          </p>
        </li>
      ))}
    </ol>
  );
}
