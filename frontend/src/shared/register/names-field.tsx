import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { IconPlus, IconTrash } from '@/shared/ui/icons';

import { isPartialDate } from './dates';
import type { RegisteredName } from './queries';
import styles from './register.module.css';

/** Other names: in which language, and from when until when; the dates need not be whole. */
export function NamesField({
  value,
  onChange,
}: {
  value: readonly RegisteredName[];
  onChange: (names: RegisteredName[]) => void;
}) {
  const { t } = useTranslation('register');
  const change = (at: number, part: Partial<RegisteredName>) =>
    onChange(value.map((name, other) => (other === at ? { ...name, ...part } : name)));
  return (
    <fieldset className={styles['names']}>
      <legend>{t('names.legend')}</legend>
      <p className={styles['hint']}>{t('names.hint')}</p>
      {value.map((name, at) => {
        const number = { number: at + 1 };
        return (
          // Names have no identity besides their place in the list.
          // eslint-disable-next-line react/no-array-index-key
          <div key={at} className={styles['nameRow']}>
            <TextInput
              aria-label={t('names.name', number)}
              placeholder={t('names.placeholder')}
              value={name.name}
              onChange={(event) => change(at, { name: event.currentTarget.value })}
            />
            <TextInput
              aria-label={t('names.language', number)}
              placeholder="uk"
              value={name.language ?? ''}
              error={!!name.language && !LANGUAGE.test(name.language)}
              onChange={(event) => change(at, { language: event.currentTarget.value.trim() || null })}
            />
            <TextInput
              aria-label={t('names.from', number)}
              placeholder={t('names.fromPlaceholder')}
              value={name.from ?? ''}
              error={!!name.from && !isPartialDate(name.from)}
              onChange={(event) => change(at, { from: event.currentTarget.value.trim() || null })}
            />
            <TextInput
              aria-label={t('names.until', number)}
              placeholder={t('names.untilPlaceholder')}
              value={name.until ?? ''}
              error={!!name.until && !isPartialDate(name.until)}
              onChange={(event) => change(at, { until: event.currentTarget.value.trim() || null })}
            />
            <ActionIcon
              aria-label={t('names.remove', number)}
              onClick={() => onChange(value.filter((_, other) => other !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </div>
        );
      })}
      <Button leftSection={<IconPlus size={14} />} onClick={() => onChange([...value, { name: '' }])}>
        {t('names.add')}
      </Button>
    </fieldset>
  );
}

const LANGUAGE = /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/;

/** Whether every name can be saved. */
export function areNames(names: readonly RegisteredName[]): boolean {
  return names.every(
    (name) =>
      name.name.trim() !== '' &&
      (!name.language || LANGUAGE.test(name.language)) &&
      (!name.from || isPartialDate(name.from)) &&
      (!name.until || isPartialDate(name.until)),
  );
}
