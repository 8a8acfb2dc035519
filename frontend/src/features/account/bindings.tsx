import { Button } from '@mantine/core';
import { type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { chordOf, clashes } from '@/shared/lib/keys';
import { DEFAULT_KEYS, PAGE_KEYS } from '@/shared/player/default-keys';
import { KeyCaps } from '@/shared/ui/key-caps';
import { Section } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';
import { type Preferences, useKeepPreferences } from './preferences';

/** The player's keys: press another one, and clashes are said at once. */
export function Bindings({ kept }: { kept: Preferences }) {
  const { t } = useTranslation(['account', 'player']);
  const keeping = useKeepPreferences();
  const [listening, setListening] = useState<string | null>(null);
  const bound = { ...DEFAULT_KEYS, ...kept.keys };
  const clashing = new Set([
    ...clashes(bound).flatMap(([, actions]) => actions),
    ...Object.keys(bound).filter((action) => PAGE_KEYS.includes(bound[action] ?? '')),
  ]);
  const keep = (keys: Record<string, string>) => keeping.mutate({ ...kept, keys });

  const hear = (action: string) => (event: KeyboardEvent) => {
    if (listening !== action) return;
    const chord = chordOf(event.nativeEvent);
    if (!chord || chord === 'Tab' || chord === 'Shift+Tab') return;
    event.preventDefault();
    event.stopPropagation();
    setListening(null);
    if (chord === 'Escape') return;
    const { [action]: _before, ...others } = kept.keys;
    keep(DEFAULT_KEYS[action] === chord ? others : { ...others, [action]: chord });
  };

  return (
    <Section
      title={t('bindings.title')}
      hint={t('bindings.hint')}
      actions={
        Object.keys(kept.keys).length > 0 ? <Button onClick={() => keep({})}>{t('bindings.reset')}</Button> : null
      }
    >
      <ul className={styles['keys']}>
        {Object.entries(bound).map(([action, chord]) => {
          const clash = clashing.has(action);
          const label = t(`player:actions.${action.replace('player.', '')}`);
          return (
            <li key={action} className={styles['binding']}>
              <span>
                {label}
                {clash ? <small role="alert"> {t('bindings.clash')}</small> : null}
              </span>
              <span>{listening === action ? t('bindings.press') : <KeyCaps chord={chord} />}</span>
              <Button
                aria-label={t('bindings.changeOf', { action: label })}
                onClick={() => setListening(listening === action ? null : action)}
                onKeyDown={hear(action)}
                onBlur={() => setListening(null)}
              >
                {t('bindings.change')}
              </Button>
            </li>
          );
        })}
      </ul>
      {keeping.error ? <FailureMessage error={keeping.error} /> : null}
    </Section>
  );
}
