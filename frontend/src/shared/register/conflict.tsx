import { Button, Radio } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { usePeople } from './people';
import { differing, useFieldWords } from './differences';
import styles from './register.module.css';

interface Versioned {
  readonly version: number;
  readonly author: string;
}

/** Somebody saved before us: both versions field by field, and for each field a choice. Nothing is lost until saved. */
export function RegisterConflict<T extends object>(props: {
  mine: T;
  theirs: T & Versioned;
  onSettled: (settled: T) => void;
}) {
  const { t } = useTranslation('register');
  const words = useFieldWords();
  const nameOf = usePeople();
  const names = differing(props.theirs, props.mine);
  const [taken, setTaken] = useState<Readonly<Record<string, 'mine' | 'theirs'>>>({});
  const value = (side: 'mine' | 'theirs', name: string) => (props[side] as Readonly<Record<string, unknown>>)[name];
  const settle = () => {
    const chosen = names.map((name) => [name, value(taken[name] ?? 'mine', name)] as const);
    props.onSettled({ ...props.mine, ...Object.fromEntries(chosen) });
  };
  return (
    <section className={styles['conflict']} role="alert" aria-label={t('conflict.title')}>
      <h3>{t('conflict.title')}</h3>
      <p className={styles['by']}>
        {t('conflict.next', { name: nameOf(props.theirs.author), version: props.theirs.version })}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('conflict.field')}</th>
            <th scope="col">{t('conflict.mine')}</th>
            <th scope="col">{t('conflict.theirs')}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{t(`fields.${name}`)}</th>
              {(['mine', 'theirs'] as const).map((side) => (
                <td key={side}>
                  <Radio
                    name={`conflict-${name}`}
                    size="xs"
                    label={words(value(side, name))}
                    checked={(taken[name] ?? 'mine') === side}
                    onChange={() => setTaken({ ...taken, [name]: side })}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Button variant="filled" onClick={settle}>
        {t('conflict.settle')}
      </Button>
    </section>
  );
}
