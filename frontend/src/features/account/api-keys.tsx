import { Button, MultiSelect } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, type Schemas, told } from '@/api/client';
import { LineField } from '@/shared/forms/text-fields';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';

type Role = Schemas['Role'];

/** Keys for programs that act for somebody: made here, shown once, ended here. */
export function ApiKeys({ roles }: { roles: readonly Role[] }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Role[]>([]);
  const listed = useQuery({
    queryKey: ['keys'],
    queryFn: async () => (await told(api.GET('/api/v1/keys', { params: { query: { limit: 100 } } }))).data,
  });
  const forget = () => queries.invalidateQueries({ queryKey: ['keys'] });
  const making = useMutation({
    mutationFn: () =>
      told(
        api.POST('/api/v1/keys', {
          params: { header: { 'idempotency-key': onceKey() } },
          body: { name, roles: chosen },
        }),
      ),
    onSuccess: () => {
      setName('');
      setChosen([]);
      void forget();
    },
  });
  const ending = useMutation({
    mutationFn: (key: string) => api.DELETE('/api/v1/keys/{key}', { params: { path: { key } } }),
    onSettled: forget,
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Section title={t('keys.title')} hint={t('keys.hint')}>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones rows={2} /> : null}
      <ul className={styles['rows']}>
        {listed.data
          ?.filter((key) => !key.revoked_at)
          .map((key) => (
            <li key={key.key}>
              <span>
                {key.name}
                <small>
                  {key.roles.map((role) => t(`roles.${role}.name`)).join(', ')} ·{' '}
                  {key.last_used_at ? (
                    <>
                      {t('keys.used')} <Moment at={key.last_used_at} />
                    </>
                  ) : (
                    t('keys.unused')
                  )}
                </small>
              </span>
              <Button onClick={() => ending.mutate(key.key)} loading={ending.isPending && ending.variables === key.key}>
                {t('keys.end')}
              </Button>
            </li>
          ))}
      </ul>
      {ending.error ? <FailureMessage error={ending.error} /> : null}
      {making.data ? (
        <div role="status">
          <p>{t('keys.made')}</p>
          <code className={styles['secret']}>{making.data.secret}</code>
          {/* A page without TLS has no clipboard: there it is marked by hand. */}
          {navigator.clipboard ? (
            <Button onClick={() => void navigator.clipboard.writeText(making.data.secret)}>{t('keys.copy')}</Button>
          ) : null}
        </div>
      ) : null}
      <form onSubmit={send} className={styles['form']}>
        <LineField label={t('keys.name')} description={t('keys.nameHint')} required value={name} onChange={setName} />
        <MultiSelect
          label={t('keys.roles')}
          size="xs"
          required
          data={roles.map((role) => ({ value: role, label: t(`roles.${role}.name`) }))}
          value={chosen}
          onChange={(values) => setChosen(roles.filter((role) => values.includes(role)))}
        />
        {making.error ? <FailureMessage error={making.error} /> : null}
        <Button type="submit" disabled={!name || chosen.length === 0} loading={making.isPending}>
          {t('keys.make')}
        </Button>
      </form>
    </Section>
  );
}
