import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { useCaptureAgain } from '@/shared/desk/capture-again';
import type { Desk } from '@/shared/desk/contract';
import { causeOf, endingOf } from '@/shared/desk/ending';
import { useFailureWords } from '@/shared/ui/archive-words';
import { Cause } from '@/shared/ui/cause';
import { StateMessage } from '@/shared/ui/states';

import { newestSteps, StepMark } from './strip';
import styles from './workbench.module.css';

/** In place of the picture while there is none: what is going on, or why it failed or that it is erased, what is safe and what to do next. */
export function CaptureState({ desk }: { desk: Desk }) {
  const { t } = useTranslation('workbench');
  const { item } = desk;
  const steps = newestSteps(item.steps);
  if (item.erased_at) {
    return (
      <StateMessage title={t('capture.erased')} role="status">
        <p>{t('capture.erasedHint')}</p>
      </StateMessage>
    );
  }
  if (isUnderWay(desk)) {
    return (
      <StateMessage title={t('capture.running')} role="status">
        <ol className={styles['bigSteps']}>
          {steps.map((step) => (
            <StepMark key={step.name} step={step} />
          ))}
        </ol>
        <Safe desk={desk} />
        <p>{t('capture.meanwhile')}</p>
      </StateMessage>
    );
  }
  return <Failed desk={desk} />;
}

/** Whether nothing is there to look at yet or at all: no capture has brought media. */
export function isWithoutMedia({ item }: Desk): boolean {
  return !item.captures.some(({ outcome }) => outcome === 'captured' || outcome === 'partial');
}

function isUnderWay({ item }: Desk): boolean {
  return item.captures.length === 0 || item.steps.some((step) => step.name === 'capture' && step.state === 'running');
}

function Safe({ desk: { item } }: { desk: Desk }) {
  const { t } = useTranslation('workbench');
  const files = item.files.length;
  return <p>{files > 0 ? t('capture.safe', { count: files }) : t('capture.nothingYet')}</p>;
}

function Failed({ desk }: { desk: Desk }) {
  const { t } = useTranslation('workbench');
  const { item } = desk;
  const outcome = item.outcome ?? 'tool_failed';
  const ending = endingOf(outcome, item.supplied);
  const isOwed = item.steps.some((step) => step.name === 'capture' && step.state === 'ready');
  const again = useCaptureAgain(item.item);
  const failure = useFailureWords(again.error);
  return (
    <StateMessage
      title={t(`outcomes.${ending}.title`)}
      role="status"
      actions={
        <>
          {item.source && !isOwed ? (
            <Button variant="filled" loading={again.isPending} onClick={() => again.mutate()}>
              {t('capture.again')}
            </Button>
          ) : null}
          <Button component={Link} to="/submit">
            {t('capture.byHand')}
          </Button>
        </>
      }
    >
      <p>{t(`outcomes.${ending}.next`)}</p>
      <Cause code={causeOf(outcome, item.supplied)} sentence={item.sentence} />
      <Safe desk={desk} />
      {isOwed ? <p>{t('capture.owed')}</p> : null}
      {again.error ? <p role="alert">{failure.line}</p> : null}
    </StateMessage>
  );
}
