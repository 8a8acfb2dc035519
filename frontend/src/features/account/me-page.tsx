import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { Page, Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';
import { ApiKeys } from './api-keys';
import { Bindings } from './bindings';
import { Choices } from './choices';
import { LogIns } from './log-ins';
import { NewPassword } from './new-password';

/** Somebody's own account: who they are here, how they want the workbench, and what lets them in. */
export function MePage() {
  const { t } = useTranslation('account');
  const { data: me, error, refetch } = useQuery(meQuery);
  if (error) return <FailureMessage error={error} retry={() => void refetch()} centred />;
  if (!me) return <Bones />;
  return (
    <Page title={t('me.title')}>
      <Section title={t('me.who')}>
        <dl className={styles['facts']}>
          <dt>{t('name')}</dt>
          <dd>{me.name || '–'}</dd>
          <dt>{t('email')}</dt>
          <dd>{me.email}</dd>
          <dt>{t('me.roles')}</dt>
          <dd>{me.roles.map((role) => t(`roles.${role}.name`)).join(', ')}</dd>
        </dl>
      </Section>
      <Choices kept={me.preferences} />
      <Bindings kept={me.preferences} />
      <NewPassword />
      <LogIns />
      <ApiKeys roles={me.roles} />
    </Page>
  );
}
