import { useTranslation } from 'react-i18next';

import { useDesk } from '@/shared/desk/contract';
import { causeOf, endingOf } from '@/shared/desk/ending';
import { type Said, useCauses, useSaid } from '@/shared/ui/archive-words';
import { Moment } from '@/shared/ui/moment';

import { type Line, text, wordsOf } from './chain';
import { unmadeOf } from './unmade';
import styles from './history.module.css';

/** One event: who did what and when, in a sentence; its digest, and all of it as it was digested. */
export function EventLine({ line }: { line: Line }) {
  const { t } = useTranslation('history');
  const { item } = useDesk();
  const who = useAgent(line);
  const { sentence, more } = useSentence(line, who);
  return (
    <li className={styles['event']} data-failed={line.failed}>
      <p className={styles['words']}>{sentence}</p>
      {more.text ? (
        <p className={styles['dim']} lang={more.lang}>
          {more.text}
        </p>
      ) : null}
      <p className={styles['foot']}>
        <Moment at={line.at} exact />
        <span className={styles['digest']} title={line.digest}>
          {line.digest.replace('sha256:', '').slice(0, 16)}
        </span>
        <a
          className={styles['proof']}
          href={`/api/v1/items/${item.item}/events/${text(line.raw.event['id'])}/proof`}
          download
        >
          {t('proof')}
        </a>
        {line.unbroken ? null : <span className={styles['bad']}>{t('brokenHere')}</span>}
      </p>
      <details className={styles['raw']}>
        <summary>{t('raw')}</summary>
        <pre>{JSON.stringify(line.raw, null, 1)}</pre>
      </details>
    </li>
  );
}

function useAgent({ agent }: Line): string {
  const { t } = useTranslation('history');
  const { nameOf } = useDesk();
  if (agent.kind === 'user') return nameOf(agent.id);
  if (agent.kind === 'key') return t('agents.key', { name: nameOf(agent.id) });
  if (agent.kind === 'operator') return t('agents.operator');
  if (agent.kind === 'public') return t('agents.public');
  return t('agents.system');
}

/** The event in words; unknown types keep their own name. */
function useSentence(line: Line, who: string): { sentence: string; more: Said } {
  const { t, i18n } = useTranslation('history');
  const { nameOf } = useDesk();
  const { detail, type } = line;
  const words = useSaid();
  const word = (group: string, name: unknown) => t(`${group}.${text(name)}`, { defaultValue: text(name) });
  const key = wordsOf(type);
  const values: Record<string, string> = {
    who,
    kind: word('kinds', detail['kind']),
    outcome: word('outcomes', endingOf(text(detail['outcome']), key === 'ingestion')),
    step: word('steps', detail['step']),
    flaws: flawsOf(detail['flaws'])
      .map(({ kind, count, seconds }) =>
        t(seconds > 0 ? 'flaw.spans' : 'flaw.pieces', {
          kind: word('flaws', kind),
          count,
          seconds: seconds.toLocaleString(i18n.language, { maximumFractionDigits: 1 }),
        }),
      )
      .join('; '),
    steps: stepsOf(detail['steps'])
      .map((step) => word('steps', step))
      .join(', '),
    from: word(key === 'local_workflow_change' ? 'workflow' : 'sensitivities', detail['from']),
    to: word(key === 'local_workflow_change' ? 'workflow' : 'sensitivities', detail['to']),
    audience: word('sensitivities', detail['sensitivity']),
    version: String(detail['version'] ?? ''),
    url: text(detail['url']),
  };
  const ended = causeOf(text(detail['outcome'] ?? detail['code']), key === 'ingestion');
  const cause = useCauses()(ended, text(detail['sentence']));
  const more: Said = text(detail['reason']) ? { text: text(detail['reason']) } : cause;
  if (key === 'local_assignment') {
    const to = text(detail['to']);
    const by = to ? (to === line.agent.id ? 'taken' : 'given') : 'back';
    return { sentence: t(`sentences.assignment.${by}`, { who, to: to ? nameOf(to) : '' }), more };
  }
  if (key === 'local_assertion') {
    const revises = text(detail['supersedes']) !== '';
    return { sentence: t(`sentences.assertion.${revises ? 'revised' : 'said'}`, values), more: { text: '' } };
  }
  if (key === 'local_submission') {
    return { sentence: t(`sentences.submission.${detail['supplied'] ? 'file' : 'address'}`, values), more };
  }
  const unmade = key === 'creation' ? unmadeOf(detail['products']) : null;
  if (unmade) {
    // Which want it was says all there is: the archive's sentence beside it is for those who read the ledger.
    const also = unmade.why === 'nothing' ? words('', unmade.sentence) : { text: '' };
    return { sentence: t(`sentences.unmade.${unmade.why}`, values), more: also };
  }
  if (key === 'fixity_check' && detail['damaged']) return { sentence: t('sentences.damage', values), more };
  return { sentence: t(`sentences.${key}`, { ...values, defaultValue: `${who}: ${type}` }), more };
}

/** The names of the steps an event tells of, each once. */
function stepsOf(told: unknown): string[] {
  const steps = Array.isArray(told) ? told : [];
  return [...new Set(steps.map((one: unknown) => text((one as { step?: unknown } | null)?.step)))];
}

/** How much of each kind an analysis found amiss. */
function flawsOf(told: unknown): { kind: string; count: number; seconds: number }[] {
  if (told === null || typeof told !== 'object') return [];
  return Object.entries(told).map(([kind, much]: [string, { count?: unknown; seconds?: unknown } | null]) => ({
    kind,
    count: Number(much?.count ?? 0),
    seconds: Number(much?.seconds ?? 0),
  }));
}
