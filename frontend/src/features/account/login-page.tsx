import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, rememberCsrf, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { isLanguage, speak } from '@/i18n';
import { Page } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';

/** Lets somebody in, and on to the page they wanted. */
export function LoginPage() {
  const { t } = useTranslation('account');
  const { next } = useSearch({ from: '/login' });
  const queries = useQueryClient();
  const router = useRouter();
  const [said, setSaid] = useState({ email: '', password: '' });
  const entering = useMutation({
    mutationFn: () => told(api.POST('/api/v1/sessions', { body: said })),
    onSuccess: async (me) => {
      rememberCsrf(me.csrf ?? null);
      queries.setQueryData(meQuery.queryKey, me);
      const language = me.preferences.language;
      if (isLanguage(language)) await speak(language);
      router.history.push(next ?? '/');
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate();
  };
  return (
    <Page title={t('login.title')} width="narrow">
      <form onSubmit={send} className={styles['form']}>
        <TextInput
          label={t('email')}
          type="email"
          autoComplete="username"
          required
          value={said.email}
          onChange={(event) => setSaid({ ...said, email: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('password')}
          autoComplete="current-password"
          required
          value={said.password}
          onChange={(event) => setSaid({ ...said, password: event.currentTarget.value })}
        />
        {entering.error ? <FailureMessage error={entering.error} /> : null}
        <Button type="submit" variant="filled" loading={entering.isPending}>
          {t('login.send')}
        </Button>
      </form>
      <p className={styles['foot']}>{t('login.forgotten')}</p>
    </Page>
  );
}
