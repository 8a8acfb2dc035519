import { Button, PasswordInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api } from '@/api/client';
import { Section } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';

const EMPTY = { current: '', new: '' };

/** Another password; the other log-ins end with it. */
export function NewPassword() {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const [said, setSaid] = useState(EMPTY);
  const changing = useMutation({
    mutationFn: () => api.PUT('/api/v1/me/password', { body: said }),
    onSuccess: () => {
      setSaid(EMPTY);
      notifications.show({ message: t('newPassword.changed') });
      void queries.invalidateQueries({ queryKey: ['log-ins'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    changing.mutate();
  };
  return (
    <Section title={t('newPassword.title')} hint={t('newPassword.hint')}>
      <form onSubmit={send} className={styles['form']}>
        <PasswordInput
          label={t('newPassword.current')}
          autoComplete="current-password"
          required
          value={said.current}
          onChange={(event) => setSaid({ ...said, current: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('newPassword.new')}
          description={t('passwordHint', { count: 12 })}
          autoComplete="new-password"
          required
          minLength={12}
          value={said.new}
          onChange={(event) => setSaid({ ...said, new: event.currentTarget.value })}
        />
        {changing.error ? <FailureMessage error={changing.error} /> : null}
        <Button type="submit" loading={changing.isPending}>
          {t('newPassword.send')}
        </Button>
      </form>
    </Section>
  );
}
