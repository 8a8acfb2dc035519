import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { Cause } from '@/shared/ui/cause';
import { Moment } from '@/shared/ui/moment';
import { Page, Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { Disappearing } from './disappearing';
import styles from './needs.module.css';
import { Supply } from './supply';

type Need = Schemas['Need'];

/** What only a person can solve: by site and cause, with the next step, and one action that resumes all of it. */
export function NeedsPage() {
  const { t } = useTranslation('needs');
  const { data: me } = useQuery(meQuery);
  const { data, error, refetch } = useQuery({ queryKey: ['needs'], queryFn: () => told(api.GET('/api/v1/needs')) });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} centred />;
  if (!data) return <Bones />;
  return (
    <Page title={t('title')} lead={t('lead')}>
      {data.needs.length === 0 ? (
        <StateMessage title={t('none')} actions={<Link to="/queue">{t('queue')}</Link>}>
          <p>{t('noneHint')}</p>
        </StateMessage>
      ) : null}
      {data.needs.map((need) => (
        <Group key={`${need.site} ${need.cause}`} need={need} sessions={me?.may.manage_people ?? false} />
      ))}
      <Disappearing />
    </Page>
  );
}

function Group({ need, sessions }: { need: Need; sessions: boolean }) {
  const { t } = useTranslation('needs');
  const queries = useQueryClient();
  const resuming = useMutation({
    mutationFn: () => told(api.POST('/api/v1/needs/resumptions', { body: { site: need.site, cause: need.cause } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['needs'] }),
  });
  return (
    <Section
      title={t('group', { site: need.name, cause: t(`causes.${need.cause}`) })}
      hint={
        <>
          {t('count', { count: need.count })} <Moment at={need.since} />.
        </>
      }
      actions={
        <Button variant="filled" onClick={() => resuming.mutate()} loading={resuming.isPending}>
          {t('resume', { count: need.count })}
        </Button>
      }
    >
      <p className={styles['next']}>{t(`next.${need.cause}`, { site: need.name })}</p>
      {need.cause === 'login_required' && !sessions ? <p className={styles['dim']}>{t('askAdmin')}</p> : null}
      {resuming.error ? <FailureMessage error={resuming.error} /> : null}
      <ul className={styles['items']}>
        {need.items.map((item) => (
          <li key={item.item}>
            <div className={styles['what']}>
              <Link to="/items/$item" params={{ item: item.item }}>
                {item.url}
              </Link>
              <small>
                <Moment at={item.since} />
              </small>
              <Cause code={need.cause} sentence={item.sentence} />
            </div>
            <Supply item={item.item} />
          </li>
        ))}
      </ul>
      {need.count > need.items.length ? (
        <p className={styles['dim']}>{t('more', { count: need.count - need.items.length })}</p>
      ) : null}
    </Section>
  );
}
