import { Button, MultiSelect, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './admin.module.css';

type Person = Schemas['UserShown'];
type Role = Schemas['Role'];
const ROLES: readonly Role[] = ['submitter', 'reviewer', 'lead', 'researcher', 'steward', 'admin'];
const EMPTY = { email: '', name: '', password: '', roles: [] as Role[] };

/** Who may come in, and as what. */
export function People() {
  const { t } = useTranslation('admin');
  const { data: me } = useQuery(meQuery);
  const listed = useQuery({
    queryKey: ['users'],
    queryFn: async () => (await told(api.GET('/api/v1/users', { params: { query: { limit: 500 } } }))).data,
  });
  return (
    <>
      <Section title={t('people.title')} hint={t('people.hint')}>
        {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
        {listed.isPending ? <Bones /> : null}
        {listed.data ? (
          <Wide label={t('people.title')}>
            <table className={styles['table']} data-stacks>
              <thead>
                <tr>
                  <th scope="col">{t('people.who')}</th>
                  <th scope="col">{t('people.roles')}</th>
                  <th scope="col">{t('people.access')}</th>
                </tr>
              </thead>
              <tbody>
                {listed.data.map((person) => (
                  <PersonRow key={person.user} person={person} isMe={person.user === me?.id} />
                ))}
              </tbody>
            </table>
          </Wide>
        ) : null}
      </Section>
      <NewPerson />
    </>
  );
}

function PersonRow({ person, isMe }: { person: Person; isMe: boolean }) {
  const { t } = useTranslation(['admin', 'account']);
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const forget = () => queries.invalidateQueries({ queryKey: ['users'] });
  const changing = useMutation({
    mutationFn: (roles: Role[]) =>
      told(api.PUT('/api/v1/users/{user}/roles', { params: { path: { user: person.user } }, body: { roles } })),
    onSettled: forget,
  });
  const ending = useMutation({
    mutationFn: () => told(api.DELETE('/api/v1/users/{user}', { params: { path: { user: person.user } } })),
    onSettled: forget,
  });
  const error = changing.error ?? ending.error;
  return (
    <tr>
      <td>
        {person.name || person.email}
        <small>{person.email}</small>
        {error ? <FailureMessage error={error} /> : null}
      </td>
      <td>
        <MultiSelect
          size="xs"
          aria-label={t('people.rolesOf', { name: person.name || person.email })}
          disabled={!person.active || changing.isPending}
          data={ROLES.map((role) => ({ value: role, label: t(`account:roles.${role}.name`) }))}
          value={changing.isPending ? changing.variables : person.roles}
          onChange={(values) => {
            const roles = ROLES.filter((role) => values.includes(role));
            if (roles.length > 0) changing.mutate(roles);
          }}
        />
      </td>
      <td>
        {person.active ? (
          <span className={styles['row']}>
            {asking ? (
              <Button color="red" variant="outline" onClick={() => ending.mutate()} loading={ending.isPending}>
                {t('people.endReally')}
              </Button>
            ) : null}
            <Button disabled={isMe} onClick={() => setAsking(!asking)}>
              {asking ? t('people.keep') : t('people.end')}
            </Button>
          </span>
        ) : (
          t('people.ended')
        )}
      </td>
    </tr>
  );
}

function NewPerson() {
  const { t } = useTranslation(['admin', 'account']);
  const queries = useQueryClient();
  const [said, setSaid] = useState(EMPTY);
  const adding = useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/users', {
          params: { header: { 'idempotency-key': onceKey() } },
          body: { ...said, name: said.name.trim() || null },
        }),
      ),
    onSuccess: () => {
      setSaid(EMPTY);
      void queries.invalidateQueries({ queryKey: ['users'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    adding.mutate();
  };
  return (
    <Section title={t('people.add')} hint={t('people.addHint')}>
      <form onSubmit={send} className={styles['form']}>
        <TextInput
          label={t('account:email')}
          type="email"
          autoComplete="off"
          required
          value={said.email}
          onChange={(event) => setSaid({ ...said, email: event.currentTarget.value })}
        />
        <TextInput
          label={t('account:name')}
          autoComplete="off"
          value={said.name}
          onChange={(event) => setSaid({ ...said, name: event.currentTarget.value })}
        />
        <PasswordInput
          label={t('people.password')}
          description={t('account:passwordHint', { count: 12 })}
          autoComplete="new-password"
          required
          minLength={12}
          value={said.password}
          onChange={(event) => setSaid({ ...said, password: event.currentTarget.value })}
        />
        <MultiSelect
          size="xs"
          label={t('people.roles')}
          required
          data={ROLES.map((role) => ({
            value: role,
            label: `${t(`account:roles.${role}.name`)} – ${t(`account:roles.${role}.may`)}`,
          }))}
          value={said.roles}
          onChange={(values) => setSaid({ ...said, roles: ROLES.filter((role) => values.includes(role)) })}
        />
        {adding.error ? <FailureMessage error={adding.error} /> : null}
        <Button type="submit" disabled={said.roles.length === 0} loading={adding.isPending}>
          {t('people.send')}
        </Button>
      </form>
    </Section>
  );
}
