import { Button, FileButton, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { IconAlert, IconCheck, IconClock, IconX } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './admin.module.css';

type Kept = Schemas['SiteSessionShown'];
const LEVELS = { untried: 'care', well: 'good', failing: 'care', refused: 'bad', expired: 'bad' } as const;
const SIGNS = {
  untried: <IconClock size={16} />,
  well: <IconCheck size={16} />,
  failing: <IconAlert size={16} />,
  refused: <IconX size={16} />,
  expired: <IconX size={16} />,
} as const;

/** The archive's own accounts at sites: entered, never shown again; how each fares. */
export function SiteSessions() {
  const { t } = useTranslation('admin');
  const { data, error, refetch } = useQuery({
    queryKey: ['site-sessions'],
    queryFn: () => told(api.GET('/api/v1/site-sessions')),
  });
  return (
    <Section title={t('sessions.title')} hint={t('sessions.hint')}>
      {error ? <FailureMessage error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Bones rows={2} /> : null}
      {data && data.sessions.length > 0 ? (
        <Wide label={t('sessions.title')}>
          <table className={styles['table']}>
            <thead>
              <tr>
                {(['site', 'state', 'used', 'expires', 'entered', 'action'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`sessions.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.sessions.map((kept) => (
                <SessionRow key={kept.site} kept={kept} />
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
      <Enter />
    </Section>
  );
}

function SessionRow({ kept }: { kept: Kept }) {
  const { t } = useTranslation('admin');
  const queries = useQueryClient();
  const ending = useMutation({
    mutationFn: () => told(api.DELETE('/api/v1/site-sessions/{site}', { params: { path: { site: kept.site } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['site-sessions'] }),
  });
  return (
    <tr>
      <th scope="row">
        {kept.name}
        <small>{kept.cookies === 0 ? t('sessions.account') : t('sessions.cookies', { count: kept.cookies })}</small>
      </th>
      <td>
        <span className={styles['level']} data-level={LEVELS[kept.state]}>
          {SIGNS[kept.state]} {t(`sessions.states.${kept.state}`)}
        </span>
        {kept.failed_at ? (
          <small>
            {t('sessions.failed')} <Moment at={kept.failed_at} />
          </small>
        ) : null}
      </td>
      <td>{kept.well_at ? <Moment at={kept.well_at} /> : '–'}</td>
      <td>{kept.expires_at ? <Moment at={kept.expires_at} /> : '–'}</td>
      <td>
        {kept.added_by}
        <small>
          <Moment at={kept.added_at} />
        </small>
      </td>
      <td>
        <Button onClick={() => ending.mutate()} loading={ending.isPending}>
          {t('sessions.end')}
        </Button>
        {ending.error ? <FailureMessage error={ending.error} /> : null}
      </td>
    </tr>
  );
}

/** A file of cookies, chosen or pasted; it leaves this page only towards the archive, and the field is emptied. */
function Enter() {
  const { t } = useTranslation('admin');
  const queries = useQueryClient();
  const [site, setSite] = useState('');
  const [cookies, setCookies] = useState('');
  const keeping = useMutation({
    mutationFn: () =>
      told(api.PUT('/api/v1/site-sessions/{site}', { params: { path: { site: site.trim() } }, body: { cookies } })),
    onSuccess: () => {
      setCookies('');
      setSite('');
      return queries.invalidateQueries({ queryKey: ['site-sessions'] });
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    keeping.mutate();
  };
  return (
    <form onSubmit={send} className={styles['form']} autoComplete="off">
      <TextInput
        label={t('sessions.site')}
        description={t('sessions.siteHint')}
        placeholder="youtube.com"
        autoCapitalize="off"
        spellCheck={false}
        required
        value={site}
        onChange={(event) => setSite(event.currentTarget.value)}
      />
      <Textarea
        label={t('sessions.file')}
        description={t('sessions.fileHint')}
        rows={4}
        spellCheck={false}
        required
        value={cookies}
        onChange={(event) => setCookies(event.currentTarget.value)}
      />
      <div className={styles['row']}>
        <FileButton onChange={(file) => void file?.text().then(setCookies)} accept=".txt,text/plain">
          {(props) => <Button {...props}>{t('sessions.choose')}</Button>}
        </FileButton>
        <Button type="submit" variant="filled" disabled={!site.trim() || !cookies.trim()} loading={keeping.isPending}>
          {t('sessions.enter')}
        </Button>
      </div>
      {keeping.error ? <FailureMessage error={keeping.error} /> : null}
      {keeping.isSuccess ? <p role="status">{t('sessions.kept')}</p> : null}
    </form>
  );
}
