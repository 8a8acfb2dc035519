import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useCaptureAgain } from '@/shared/desk/capture-again';
import { type Item, useDesk } from '@/shared/desk/contract';
import { causeOf, endingOf } from '@/shared/desk/ending';
import { useFailureWords } from '@/shared/ui/archive-words';
import { Cause } from '@/shared/ui/cause';
import { Moment } from '@/shared/ui/moment';

import { type Compared, useComparison } from './comparison-query';
import { PageSeen } from './page-seen';
import styles from './source.module.css';
import { Surroundings } from './surroundings';

type Capture = Item['captures'][number];
type Again = (like?: string) => void;

/** Every attempt to collect the source, newest first, whatever its end, and the wish for another. */
export function Captures() {
  const { t } = useTranslation('source');
  const { item, locked } = useDesk();
  const again = useCaptureAgain(item.item);
  const failure = useFailureWords(again.error);
  const compared = useComparison(item).data?.data ?? [];
  const byId = new Map(compared.map((capture) => [capture.capture, capture]));
  const shownAbove = compared.findLast(({ page }) => page)?.capture;
  const wish: Again | null = item.source && !locked ? (like) => again.mutate(like) : null;
  return (
    <section>
      <header className={styles['head']}>
        <h2>{t('captures')}</h2>
        {wish ? (
          <Button loading={again.isPending} onClick={() => wish()}>
            {t('again')}
          </Button>
        ) : null}
      </header>
      {again.error ? (
        <p role="alert" className={styles['bad']}>
          {failure.line}
        </p>
      ) : null}
      {again.isSuccess ? <p role="status">{t('asked')}</p> : null}
      {item.captures.length === 0 ? (
        <p className={styles['dim']}>{t(item.source ? 'noCaptures' : 'noneSupplied')}</p>
      ) : null}
      <ol className={styles['captures']}>
        {item.captures.toReversed().map((capture) => {
          const also = byId.get(capture.capture);
          return (
            <li key={capture.capture}>
              <Ended capture={capture} />
              {also && also.capture !== shownAbove ? <PageSeen capture={also} /> : null}
              {also ? <Surroundings capture={also} /> : null}
              {also ? <Recipe capture={also} again={wish} /> : null}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Ended({ capture }: { capture: Capture }) {
  const { t } = useTranslation('source');
  return (
    <>
      <p
        className={styles['outcome']}
        data-good={capture.outcome === 'captured'}
        data-partial={capture.outcome === 'partial'}
      >
        {t(`outcomes.${endingOf(capture.outcome, capture.supplied)}`)}
      </p>
      <Cause code={causeOf(capture.outcome, capture.supplied)} sentence={capture.sentence} />
      <p className={styles['dim']}>
        <Moment at={capture.ended_at} exact />
        {capture.tool ? (
          <span className={styles['mono']}>
            {capture.tool} {capture.tool_version}
          </span>
        ) : null}
      </p>
    </>
  );
}

/** How it was made, and the wish to make it so once more. */
function Recipe({ capture, again }: { capture: Compared; again: Again | null }) {
  const { t } = useTranslation('source');
  const lines = Object.entries(capture.recipe);
  if (lines.length === 0) return null;
  return (
    <details>
      <summary className={styles['dim']}>{t('recipe.title')}</summary>
      <dl className={styles['pairs']}>
        {lines.map(([name, value]) => (
          <div key={name} className={styles['pair']}>
            <dt>{t(`recipe.names.${name}`, { defaultValue: name })}</dt>
            <dd className={styles['mono']}>{value}</dd>
          </div>
        ))}
      </dl>
      {again && capture.recipe['url'] ? (
        <Button onClick={() => again(capture.capture)}>{t('recipe.again')}</Button>
      ) : null}
    </details>
  );
}
