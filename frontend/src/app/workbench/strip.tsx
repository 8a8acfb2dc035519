import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import type { LiveState } from '@/api/live';
import type { Item } from '@/shared/desk/contract';
import { useCauses } from '@/shared/ui/archive-words';
import { absolute } from '@/shared/ui/moment';

import { AnalysisControl } from './analysis-control';
import styles from './workbench.module.css';

type Step = Schemas['Step'];

/** What becomes of the newest capture, step by step, as it happens. */
export function PreservationStrip({ item, live }: { item: Item; live: LiveState }) {
  const { t, i18n } = useTranslation('workbench');
  const steps = newestSteps(item.steps);
  const kept = item.captures.findLast(({ outcome }) => outcome === 'captured' || outcome === 'partial');
  const at = kept ? new Date(kept.ended_at) : null;
  return (
    <section className={styles['strip']} aria-label={t('strip.label')}>
      {at ? (
        <span title={absolute(at, i18n.language)}>
          {t('strip.preserved', {
            time: at.toLocaleTimeString(i18n.language, {
              hour: '2-digit',
              minute: '2-digit',
              hourCycle: 'h23',
              timeZoneName: 'short',
            }),
          })}
        </span>
      ) : null}
      <ol>
        {steps.map((step) => (
          <StepMark key={step.name} step={step} />
        ))}
      </ol>
      <AnalysisControl item={item} />
      {live === 'lost' ? <span className={styles['care']}>{t('strip.lost')}</span> : null}
    </section>
  );
}

/** The steps of the newest capture, in the order in which they were owed. */
export function newestSteps(steps: readonly Step[]): Step[] {
  const newest = steps.reduce((last, { capture }) => (capture > last ? capture : last), '');
  const byName = new Map(steps.filter(({ capture }) => capture === newest).map((step) => [step.name, step]));
  return [...byName.values()];
}

/** One step: its word, how it stands by shape and word, how much is done, and what went wrong. */
export function StepMark({ step }: { step: Step }) {
  const { t } = useTranslation('workbench');
  const name = t(`steps.${step.name}`, { defaultValue: step.name });
  const cause = useCauses()(step.error_code ?? 'fault', step.sentence);
  const share = step.state === 'running' && step.progress !== null ? ` ${Math.round(step.progress * 100)} %` : '';
  return (
    <li className={styles['step']} data-state={step.lacks ? 'lacking' : step.state}>
      <span className={styles['shape']} aria-hidden="true" />
      {name}{' '}
      <span className={styles['dim']}>
        {t(step.lacks ? `stepStates.lacks_${step.lacks}` : `stepStates.${step.state}`) + share}
      </span>
      {step.state === 'dead' || step.state === 'held' ? (
        <span className={styles['dim']} lang={cause.lang} title={cause.written}>
          {cause.text}
        </span>
      ) : null}
    </li>
  );
}
