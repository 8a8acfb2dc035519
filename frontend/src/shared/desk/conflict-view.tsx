import { Button, SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { combined, differing } from './combine';
import styles from './desk.module.css';

type Choice = 'mine' | 'theirs' | 'both';

/**
 * Two versions of the same thing side by side. Each field is kept, taken or combined; nothing is settled before
 * somebody says so, and until then both versions stay where they are.
 */
export function ConflictView<T extends object>(props: {
  mine: T;
  theirs: T;
  /** Whose the other version is, in words. */
  whose: string;
  onSettle: (settled: T) => void;
  /** Fields that nobody chooses by hand. */
  without?: readonly string[];
}) {
  const { t } = useTranslation('desk');
  const fields = differing(props.mine, props.theirs).filter((field) => !props.without?.includes(field));
  const [chosen, setChosen] = useState<Readonly<Record<string, Choice>>>({});
  const [edited, setEdited] = useState<Readonly<Record<string, string>>>({});
  const mine = new Map<string, unknown>(Object.entries(props.mine));
  const theirs = new Map<string, unknown>(Object.entries(props.theirs));
  const valueOf = (field: string): unknown => {
    const choice = chosen[field] ?? 'mine';
    if (choice === 'mine') return mine.get(field);
    if (choice === 'theirs') return theirs.get(field);
    return edited[field] ?? combined(mine.get(field), theirs.get(field));
  };
  const settle = () =>
    props.onSettle({ ...props.mine, ...Object.fromEntries(fields.map((field) => [field, valueOf(field)])) } as T);
  return (
    <section className={styles['conflict']} aria-label={t('conflict.title')}>
      <h3>{t('conflict.title')}</h3>
      <p className={styles['dim']}>{t('conflict.next')}</p>
      {fields.map((field) => {
        const [one, other] = [mine.get(field), theirs.get(field)];
        const both = combined(one, other);
        const name = t(`fields.${field}`, { defaultValue: field });
        const choices = [
          { value: 'mine', label: t('conflict.keep') },
          { value: 'theirs', label: t('conflict.take') },
          ...(both === undefined ? [] : [{ value: 'both', label: t('conflict.combine') }]),
        ];
        return (
          <fieldset key={field} className={styles['versions']}>
            <legend>{name}</legend>
            <div>
              <span className={styles['dim']}>{t('conflict.mine')}</span>
              <Version value={one} />
            </div>
            <div>
              <span className={styles['dim']}>{props.whose}</span>
              <Version value={other} />
            </div>
            <SegmentedControl
              aria-label={t('conflict.choose', { field: name })}
              data={choices}
              value={chosen[field] ?? 'mine'}
              onChange={(choice) => setChosen({ ...chosen, [field]: choice as Choice })}
            />
            {chosen[field] === 'both' && typeof both === 'string' ? (
              <Textarea
                label={t('conflict.combined', { field: name })}
                value={edited[field] ?? both}
                onChange={(event) => setEdited({ ...edited, [field]: event.currentTarget.value })}
              />
            ) : null}
          </fieldset>
        );
      })}
      <Button variant="filled" onClick={settle}>
        {t('conflict.settle')}
      </Button>
    </section>
  );
}

function Version({ value }: { value: unknown }) {
  const { t } = useTranslation('desk');
  if (value === null || value === undefined || value === '')
    return <p className={styles['dim']}>{t('conflict.empty')}</p>;
  if (typeof value === 'string') return <p className={styles['words']}>{value}</p>;
  if (typeof value === 'number') return <p className={styles['mono']}>{value}</p>;
  return <pre className={styles['mono']}>{JSON.stringify(value, null, 1)}</pre>;
}
