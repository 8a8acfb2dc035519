import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useFailureWords } from '@/shared/ui/archive-words';
import { Moment } from '@/shared/ui/moment';

import { rejectionOf } from './assertion-list';
import { stands } from './citations';
import { type Assertion, type NewAssertion, useDesk } from './contract';
import styles from './desk.module.css';

type Question = 'place' | 'time' | 'unit';

/** "It cannot be determined" is an answer too: it closes a question with its reason, and can be taken back. */
export function NotDeterminable({ question }: { question: Question }) {
  const { t } = useTranslation('questions');
  const { item, locked, nameOf } = useDesk();
  const [task, setTask] = useState<'close' | 'reopen' | null>(null);
  const closed = closingNote(item.assertions, question);
  const hasAnswer = item.assertions.some((one) => one.kind === question && stands(one));
  if (locked && !closed) return null;
  return (
    <section className={styles['fields']} aria-label={t('label')}>
      {closed ? (
        <div>
          <h3>{t('closed')}</h3>
          <p className={styles['words']}>{String(closed.body['text'])}</p>
          <p className={styles['foot']}>
            <span>{closed.author_name || nameOf(closed.author)}</span>
            <Moment at={closed.made_at} />
          </p>
        </div>
      ) : null}
      {locked || task || (hasAnswer && !closed) ? null : (
        <div className={styles['row']}>
          <Button variant="subtle" color="gray" onClick={() => setTask(closed ? 'reopen' : 'close')}>
            {t(closed ? 'reopen' : 'close')}
          </Button>
        </div>
      )}
      {task ? <Reason task={task} question={question} closed={closed} onDone={() => setTask(null)} /> : null}
    </section>
  );
}

/** The note that closes a question now, if there is one. */
export function closingNote(assertions: readonly Assertion[], question: Question): Assertion | null {
  const found = assertions.filter(
    (one) => one.kind === 'note' && stands(one) && one.body['not_determinable'] === question,
  );
  return found.at(-1) ?? null;
}

function Reason(props: { task: 'close' | 'reopen'; question: Question; closed: Assertion | null; onDone: () => void }) {
  const { t } = useTranslation('questions');
  const desk = useDesk();
  const [text, setText] = useState('');
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const say = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await desk.say(props.closed ? rejectionOf(props.closed, text.trim()) : closing(props.question, text.trim()));
      props.onDone();
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <form
      className={styles['fields']}
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) void say();
      }}
    >
      <Textarea
        label={t(`${props.task}Why`)}
        description={t(`${props.task}Hint`)}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          desk.touch?.();
        }}
      />
      {failure ? <Failure error={failure} /> : null}
      <div className={styles['row']}>
        <Button type="submit" disabled={!text.trim()} loading={busy}>
          {t(`${props.task}Now`)}
        </Button>
        <Button variant="subtle" color="gray" onClick={props.onDone}>
          {t('cancel')}
        </Button>
      </div>
    </form>
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

function closing(question: Question, text: string): NewAssertion {
  return { kind: 'note', body: { text, not_determinable: question, status: 'accepted', reasoning: '' }, citations: [] };
}
