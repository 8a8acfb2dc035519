import { Button, Textarea } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useFailureWords } from '@/shared/ui/archive-words';
import { Moment } from '@/shared/ui/moment';

import { CitationChips } from './citation-chips';
import { type Assertion, type Drafted, type NewAssertion, useDesk } from './contract';
import styles from './desk.module.css';
import { useDraft } from './draft';
import { DraftState } from './draft-state';

type Kind = Assertion['kind'];

/** What has been said of one kind: what stands first, what it took the place of folded beneath it. */
export function AssertionList(props: {
  kind: Kind;
  render: (assertion: Assertion) => ReactNode;
  onRevise: (assertion: Assertion) => void;
}) {
  const { t } = useTranslation('desk');
  const { item } = useDesk();
  const all = item.assertions.filter((one) => one.kind === props.kind);
  const current = all.filter((one) => !one.superseded_by).toReversed();
  if (current.length === 0) return <p className={styles['empty']}>{t(`empty.${props.kind}`)}</p>;
  return (
    <ol className={styles['list']} aria-label={t('list.label')}>
      {current.map((one) => (
        <li key={one.assertion}>
          <Said assertion={one} render={props.render} onRevise={props.onRevise} />
          <Earlier versions={before(one, all)} render={props.render} />
        </li>
      ))}
    </ol>
  );
}

/** What an assertion took the place of, newest first. */
export function before(assertion: Assertion, all: readonly Assertion[]): Assertion[] {
  const known = new Map(all.map((one) => [one.assertion, one]));
  const found: Assertion[] = [];
  let at = assertion.supersedes ? known.get(assertion.supersedes) : undefined;
  while (at && !found.includes(at)) {
    found.push(at);
    at = at.supersedes ? known.get(at.supersedes) : undefined;
  }
  return found;
}

function Said(props: {
  assertion: Assertion;
  render: (one: Assertion) => ReactNode;
  onRevise: (one: Assertion) => void;
}) {
  const { t } = useTranslation('desk');
  const { locked } = useDesk();
  const { assertion } = props;
  const drafted = useDraft<Reason>(`reject.${assertion.assertion}`, NO_REASON);
  const [asked, setRejecting] = useState(false);
  const rejecting = asked || drafted.state !== 'clean';
  const rejected = assertion.body['status'] === 'rejected';
  return (
    <article className={styles['said']} data-status={statusOf(assertion)}>
      {props.render(assertion)}
      <SaidFoot assertion={assertion} />
      {locked ? null : (
        <div className={styles['row']}>
          <Button variant="subtle" onClick={() => props.onRevise(assertion)}>
            {t('list.revise')}
          </Button>
          {rejected ? null : (
            <Button variant="subtle" color="gray" aria-expanded={rejecting} onClick={() => setRejecting(true)}>
              {t('list.reject')}
            </Button>
          )}
        </div>
      )}
      {rejecting && !rejected && !locked ? (
        <Rejection assertion={assertion} drafted={drafted} onDone={() => setRejecting(false)} />
      ) : null}
    </article>
  );
}

/** Why, how far, how sure, by whom, when, and what it rests on. */
export function SaidFoot({ assertion }: { assertion: Assertion }) {
  const { t } = useTranslation('desk');
  const { nameOf } = useDesk();
  const { reasoning, confidence } = assertion.body;
  return (
    <>
      {typeof reasoning === 'string' && reasoning ? <p className={styles['words']}>{reasoning}</p> : null}
      <p className={styles['foot']}>
        <StatusWord assertion={assertion} />
        {typeof confidence === 'string' ? <span>{t(`sure.${confidence}`)}</span> : null}
        <span>{assertion.author_name || nameOf(assertion.author)}</span>
        <Moment at={assertion.made_at} />
      </p>
      <CitationChips citations={assertion.citations} />
    </>
  );
}

/** The status as a word with a shape: a full, an empty or a struck circle. */
export function StatusWord({ assertion }: { assertion: Assertion }) {
  const { t } = useTranslation('desk');
  const status = statusOf(assertion);
  return (
    <span className={styles['status']} data-status={status}>
      {t(`status.${status}`)}
    </span>
  );
}

function statusOf(assertion: Assertion): 'candidate' | 'accepted' | 'rejected' {
  const status = assertion.body['status'];
  return status === 'accepted' || status === 'rejected' ? status : 'candidate';
}

function Earlier({ versions, render }: { versions: readonly Assertion[]; render: (one: Assertion) => ReactNode }) {
  const { t } = useTranslation('desk');
  if (versions.length === 0) return null;
  return (
    <details className={styles['earlier']}>
      <summary>{t('list.earlier', { count: versions.length })}</summary>
      {versions.map((one) => (
        <article key={one.assertion} className={styles['said']} data-superseded>
          {render(one)}
          <SaidFoot assertion={one} />
        </article>
      ))}
    </details>
  );
}

interface Reason {
  readonly reason: string;
}

const NO_REASON: Reason = { reason: '' };

function Rejection(props: { assertion: Assertion; drafted: Drafted<Reason>; onDone: () => void }) {
  const { t } = useTranslation('desk');
  const { assertion, drafted, onDone } = props;
  const desk = useDesk();
  const { reason } = drafted.value;
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const reject = async () => {
    setBusy(true);
    setError(null);
    try {
      await desk.say(rejectionOf(assertion, reason.trim()));
      drafted.discard();
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <div className={styles['fields']}>
      <Textarea
        label={t('list.why')}
        description={t('list.whyHint')}
        value={reason}
        onChange={(event) => drafted.set({ reason: event.currentTarget.value })}
      />
      {error ? <Failure error={error} /> : null}
      <div className={styles['row']}>
        <Button disabled={!reason.trim()} loading={busy} onClick={() => void reject()}>
          {t('list.rejectNow')}
        </Button>
        <Button
          variant="subtle"
          color="gray"
          onClick={() => {
            drafted.discard();
            onDone();
          }}
        >
          {t('list.cancel')}
        </Button>
        <DraftState drafted={drafted} />
      </div>
    </div>
  );
}

function Failure({ error }: { error: unknown }) {
  const words = useFailureWords(error);
  return (
    <p role="alert" className={styles['bad']}>
      {words.line}
    </p>
  );
}

/** The same assertion once more, taken back with its reason. */
export function rejectionOf(assertion: Assertion, reason: string): NewAssertion {
  const { kind, body, citations, assertion: supersedes } = assertion;
  return {
    kind,
    body: { ...body, status: 'rejected', reasoning: reason },
    citations,
    supersedes,
  } as unknown as NewAssertion;
}
