import { ActionIcon, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { IconHelp } from '@/shared/ui/icons';

import styles from './copies.module.css';
import type { Match } from './queries';

/** How well the pictures of the shared stretches agree, and what that number means and does not. */
export function Agreement({ spans }: { spans: Match['spans'] }) {
  const { t, i18n } = useTranslation('copies');
  const share = scoreOf(spans);
  if (share === null) return null;
  const percent = share.toLocaleString(i18n.language, { style: 'percent' });
  const meaning = t('score.meaning');
  return (
    <div className={styles['score']}>
      {t('score.agree', { percent })}
      <Tooltip label={meaning} multiline w={280} events={{ hover: true, focus: true, touch: true }}>
        <ActionIcon variant="subtle" size="sm" aria-label={meaning}>
          <IconHelp size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}

/** The mean of the stretches' scores, each as long as it lasts, 0 to 1; never rounded up to 1. */
export function scoreOf(spans: Match['spans']): number | null {
  const whole = spans.reduce((sum, span) => sum + lengthOf(span), 0);
  if (whole <= 0) return null;
  const mean = spans.reduce((sum, span) => sum + span.score * lengthOf(span), 0) / whole;
  return Math.floor(mean * 100 + 1e-9) / 100;
}

function lengthOf({ a_start_s: from, a_end_s: to }: Match['spans'][number]): number {
  return Math.max(0, to - from);
}
