import { useTranslation } from 'react-i18next';

import { byNumber, type Ended, shownValues } from '@/shared/verify/checking';
import { exitCode, type Finding } from '@/shared/verify/finding';
import styles from '@/shared/verify/findings.module.css';

const MOST_SHOWN = 200;

/** How everything ended in one sentence, and the nine checks under it. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  const { t } = useTranslation('verify');
  const end = exitCode(findings);
  return (
    <section aria-live="polite">
      <p className={styles['end']} data-exit={end}>
        {t(`end.${end}`)}
      </p>
      <ol aria-label={t('checks')} className={styles['checks']}>
        {byNumber(findings).map((ended) => (
          <Check key={ended.number} ended={ended} />
        ))}
      </ol>
    </section>
  );
}

function Check({ ended }: { ended: Ended }) {
  const { t, i18n } = useTranslation('verify');
  const more = ended.findings.length - MOST_SHOWN;
  return (
    <li data-verdict={ended.verdict}>
      <h2>
        {ended.number}. {t(`name.${ended.name}`)}
      </h2>
      <span className={styles['verdict']} data-verdict={ended.verdict}>
        {t(`verdict.${ended.verdict}`)}
      </span>
      {ended.findings.slice(0, MOST_SHOWN).map((one) => (
        <p key={`${one.code} ${one.subject} ${JSON.stringify(one.values)}`}>
          {t(`found.${one.code}`, shownValues(one.values, i18n.language))}
        </p>
      ))}
      {more > 0 ? <p>{t('more', { count: more })}</p> : null}
    </li>
  );
}
