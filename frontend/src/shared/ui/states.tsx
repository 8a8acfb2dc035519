import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { useFailureWords } from './archive-words';
import { InWords, WrongFields } from './cause';
import { IconAlert } from './icons';
import styles from './states.module.css';

/** Words instead of content: what belongs here or what went wrong, and the next thing to do. Centred, it is the page. */
export function StateMessage(props: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  centred?: boolean;
  role?: 'status' | 'alert';
  /** What went wrong has a colour and a sign of its own. */
  tone?: 'bad';
}) {
  const Title = props.centred ? 'h1' : 'h2';
  return (
    <section className={styles['state']} data-centred={props.centred ?? false} data-tone={props.tone} role={props.role}>
      <Title>
        {props.tone ? <IconAlert size={16} aria-hidden="true" /> : null} {props.title}
      </Title>
      {props.children ? <div>{props.children}</div> : null}
      {props.actions ? <div className={styles['actions']}>{props.actions}</div> : null}
    </section>
  );
}

/** What failed, in words; offers to try again. */
export function FailureMessage({ error, retry, centred }: { error: unknown; retry?: () => void; centred?: boolean }) {
  const { t } = useTranslation('app');
  const { title, detail, fields } = useFailureWords(error);
  return (
    <StateMessage
      title={title}
      role="alert"
      tone="bad"
      centred={centred ?? false}
      actions={retry ? <Button onClick={retry}>{t('failure.retry')}</Button> : null}
    >
      <InWords said={detail} />
      <WrongFields fields={fields} />
    </StateMessage>
  );
}

/** The shape of what is coming; shown only after a moment, so that quick answers do not flicker. */
export function Bones({ rows = 4, height = 16 }: { rows?: number; height?: number }) {
  const { t } = useTranslation('app');
  return (
    <div className={styles['state']} role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className={styles['bone']} style={{ height, width: `${[92, 74, 84, 60][row % 4]}%` }} />
      ))}
    </div>
  );
}
