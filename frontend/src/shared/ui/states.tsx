import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { Problem, Unreached } from '@/api/errors';

import styles from './states.module.css';

/** Words instead of content: what belongs here or what went wrong, and the next thing to do. Centred, it is the page. */
export function StateMessage(props: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  centred?: boolean;
  role?: 'status' | 'alert';
}) {
  const Title = props.centred ? 'h1' : 'h2';
  return (
    <section className={styles['state']} data-centred={props.centred ?? false} role={props.role}>
      <Title>{props.title}</Title>
      {props.children ? <div>{props.children}</div> : null}
      {props.actions ? <div className={styles['actions']}>{props.actions}</div> : null}
    </section>
  );
}

/** What failed, in words; offers to try again. */
export function FailureMessage({ error, retry, centred }: { error: unknown; retry?: () => void; centred?: boolean }) {
  const { t } = useTranslation('app');
  const sentences = useFailureWords(error);
  return (
    <StateMessage
      title={sentences.title}
      role="alert"
      centred={centred ?? false}
      actions={retry ? <Button onClick={retry}>{t('failure.retry')}</Button> : null}
    >
      <p>{sentences.detail}</p>
    </StateMessage>
  );
}

/** The failure in the reader's words; what the server says in detail is kept as it is. */
export function useFailureWords(error: unknown): { title: string; detail: string } {
  const { t } = useTranslation('app');
  if (error instanceof Unreached) return { title: t('failure.unreached'), detail: t('failure.unreachedNext') };
  if (error instanceof Problem) {
    const title = t(`failure.codes.${error.code}`, { defaultValue: error.message });
    const wait = error.retryAfterSeconds ? t('failure.wait', { count: Math.ceil(error.retryAfterSeconds) }) : '';
    return { title, detail: [error.detail, wait].filter(Boolean).join(' ') };
  }
  return { title: t('failure.unknown'), detail: error instanceof Error ? error.message : String(error) };
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
