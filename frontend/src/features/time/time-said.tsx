import { useTranslation } from 'react-i18next';

import type { Assertion } from '@/shared/desk/contract';
import { boundOf } from '@/shared/desk/filmed';
import { type Span } from '@/shared/lib/bounds';
import { offsetMs, offsetWritten } from '@/shared/lib/bounds-zone';

import { METHODS, shownSpan } from './draft';
import styles from './time.module.css';

/** One time as it was said: its bounds in the time of the place, with UTC beneath. */
export function TimeSaid({ assertion, zone }: { assertion: Assertion; zone: string }) {
  const { t } = useTranslation('time');
  const bound = boundOf(assertion);
  if (!bound) return null;
  const method = String(assertion.body['method']);
  return (
    <>
      <p className={styles['about']}>{t(`about.${String(assertion.body['about'])}`, { defaultValue: '' })}</p>
      <SpanShown span={bound} zone={zone} />
      <p className={styles['dim']}>{METHODS.some((one) => one === method) ? t(`method.${method}`) : method}</p>
    </>
  );
}

/** Bounds in words and numbers, in the time of the place, and in UTC where that differs. */
export function SpanShown({ span, zone }: { span: Span; zone: string }) {
  const { t } = useTranslation('time');
  const name = zone === 'UTC' ? 'UTC' : `${zone} ${offsetWritten(offsetMs(span.latest, zone))}`;
  return (
    <div>
      <p className={styles['mono']}>
        <SpanWords span={span} zone={zone} /> <span className={styles['zone']}>{name}</span>
      </p>
      {zone === 'UTC' ? null : (
        <p className={styles['utc']}>
          <SpanWords span={span} zone="UTC" /> {t('utc')}
        </p>
      )}
    </div>
  );
}

function SpanWords({ span, zone }: { span: Span; zone: string }) {
  const { t } = useTranslation('time');
  const { from, to } = shownSpan(span, zone);
  if (from && to) return from === to ? from : `${from} – ${to}`;
  if (from) return t('notBefore', { from });
  return to ? t('notAfter', { to }) : t('anyTime');
}
