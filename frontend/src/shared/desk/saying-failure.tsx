import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { isProblem } from '@/api/errors';
import { useFailureWords } from '@/shared/ui/archive-words';
import { InWords, WrongFields } from '@/shared/ui/cause';

import type { Saying } from './assertion-frame';
import { CitationChips } from './citation-chips';
import type { CommonDraft } from './common';
import { ConflictView } from './conflict-view';
import type { Assertion } from './contract';
import styles from './desk.module.css';

/** The fields that tell beside themselves what is wrong with them. */
const BESIDE = new Set(['reasoning', 'confidence']);

/** Why something could not be said, and how to go on; what is typed stays. */
export function SayingFailure<D extends CommonDraft>(props: {
  error: unknown;
  mine: D;
  saying: Saying<D>;
  draftOf: ((assertion: Assertion) => D) | undefined;
}) {
  const { t, i18n } = useTranslation('desk');
  const words = useFailureWords(props.error);
  const current = isProblem(props.error, 'stale') ? statedIn(props.error.extensions['current']) : null;
  if (current) {
    const whose = t('conflict.saidBy', {
      name: current.author_name,
      time: new Date(current.made_at).toLocaleString(i18n.language),
    });
    if (props.draftOf)
      return (
        <ConflictView
          mine={props.mine}
          theirs={props.draftOf(current)}
          whose={whose}
          without={['supersedes']}
          onSettle={(settled) => props.saying.settle(settled, current)}
        />
      );
    return <Standing current={current} whose={whose} saying={props.saying} />;
  }
  return (
    <div className={styles['problem']} role="alert">
      <p>{words.title}</p>
      <InWords said={words.detail} />
      <WrongFields fields={words.fields.filter(({ field }) => !BESIDE.has(field))} />
      <p className={styles['dim']}>{t('frame.kept')}</p>
    </div>
  );
}

function Standing<D>({ current, whose, saying }: { current: Assertion; whose: string; saying: Saying<D> }) {
  const { t } = useTranslation('desk');
  return (
    <section className={styles['conflict']} aria-label={t('conflict.title')}>
      <h3>{t('conflict.title')}</h3>
      <p className={styles['dim']}>{t('conflict.standing')}</p>
      <dl className={styles['pairs']}>
        <dt>{whose}</dt>
        {Object.entries(current.body)
          .filter(([, value]) => value !== null && value !== '')
          .map(([field, value]) => (
            <dd key={field}>
              {t(`fields.${field}`, { defaultValue: field })}:{' '}
              {typeof value === 'string' ? value : JSON.stringify(value)}
            </dd>
          ))}
      </dl>
      <CitationChips citations={current.citations} />
      <div className={styles['row']}>
        <Button variant="filled" onClick={() => void saying.say(current.assertion)}>
          {t('conflict.replace')}
        </Button>
        <Button onClick={saying.forget}>{t('conflict.leave')}</Button>
      </div>
    </section>
  );
}

function statedIn(current: unknown): Assertion | null {
  return typeof current === 'object' && current !== null && 'assertion' in current ? (current as Assertion) : null;
}
