import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { instanceQuery, meQuery } from '@/api/queries';
import { Page } from '@/shared/ui/page';
import { FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './account.module.css';

const LEAST_LETTERS = 12;

const KEPT = 'setup-token';

// The one-time token comes in the address's fragment, which no server and no log ever sees. It leaves the bar at once,
// and stays with this tab until it is used, so that loading the page again does not lose it.
function keptToken(): string {
  if (window.location.pathname === '/setup' && window.location.hash) {
    sessionStorage.setItem(KEPT, window.location.hash.slice(1));
    window.history.replaceState(null, '', '/setup');
  }
  return sessionStorage.getItem(KEPT) ?? '';
}

keptToken();

/** Makes the first account, who may do everything. */
export function SetupPage() {
  const { t } = useTranslation('account');
  const { data: instance, error } = useQuery(instanceQuery);
  const [token, setToken] = useState(keptToken);
  useEffect(() => {
    // The link may be opened where this page stands already: the page then stays, and only the fragment is new.
    const look = () => setToken(keptToken());
    window.addEventListener('hashchange', look);
    return () => window.removeEventListener('hashchange', look);
  }, []);
  if (error) return <FailureMessage error={error} centred />;
  if (instance?.set_up) {
    return (
      <StateMessage title={t('setup.over')} centred actions={<Link to="/login">{t('login.title')}</Link>}>
        <p>{t('setup.overNext')}</p>
      </StateMessage>
    );
  }
  if (!token) {
    return (
      <StateMessage title={t('setup.noLink')} centred>
        <p>{t('setup.noLinkNext')}</p>
      </StateMessage>
    );
  }
  return <FirstPerson token={token} />;
}

function FirstPerson({ token }: { token: string }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [said, setSaid] = useState({ email: '', name: '', password: '' });
  const making = useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/setup', {
          body: { token, email: said.email, password: said.password, name: said.name.trim() || null },
        }),
      ),
    onSuccess: async () => {
      sessionStorage.removeItem(KEPT);
      await queries.resetQueries({ queryKey: instanceQuery.queryKey });
      await queries.resetQueries({ queryKey: meQuery.queryKey });
      await navigate({ to: '/submit' });
    },
  });
  const short = said.password.length > 0 && said.password.length < LEAST_LETTERS;
  const send = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Page title={t('setup.title')} lead={t('setup.lead')} width="narrow">
      <form onSubmit={send} className={styles['form']}>
        <TextInput
          label={t('email')}
          type="email"
          autoComplete="username"
          required
          value={said.email}
          onChange={(event) => setSaid({ ...said, email: event.currentTarget.value })}
        />
        <TextInput
          label={t('name')}
          description={t('nameHint')}
          autoComplete="name"
          value={said.name}
          onChange={(event) => setSaid({ ...said, name: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('password')}
          description={t('passwordHint', { count: LEAST_LETTERS })}
          autoComplete="new-password"
          required
          minLength={LEAST_LETTERS}
          error={short ? t('passwordShort', { count: LEAST_LETTERS - said.password.length }) : null}
          value={said.password}
          onChange={(event) => setSaid({ ...said, password: event.currentTarget.value })}
        />
        {making.error ? <FailureMessage error={making.error} /> : null}
        <Button type="submit" variant="filled" loading={making.isPending} disabled={short}>
          {t('setup.send')}
        </Button>
      </form>
    </Page>
  );
}
