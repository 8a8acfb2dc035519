import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { isProblem } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { Workbench } from './workbench';
import styles from './workbench.module.css';

/** One item on the reviewer's desk. */
export function WorkbenchPage() {
  const { t } = useTranslation('workbench');
  const { item } = useParams({ from: '/items/$item' });
  const found = useQuery(itemQuery(item));
  // What was read before stays on the desk while the server does not answer; what may no longer be seen does not.
  if (found.data && !(isProblem(found.error) && [401, 403, 404].includes(found.error.status)))
    return <Workbench key={item} item={found.data.body} etag={found.data.etag} failure={found.error} />;
  if (found.isPending) {
    return (
      <div className={styles['waiting']}>
        <h1 className={styles['title']}>{t('loading')}</h1>
        <Bones rows={6} />
      </div>
    );
  }
  if (isProblem(found.error) && [401, 403, 404].includes(found.error.status)) {
    const name = found.error.status === 404 ? 'notFound' : found.error.status === 403 ? 'notAllowed' : 'loggedOut';
    return (
      <StateMessage
        title={t(`states.${name}.title`)}
        centred
        role="status"
        actions={
          name === 'loggedOut' ? (
            <Link to="/login" search={{ next: `/items/${item}` }}>
              {t('states.logIn')}
            </Link>
          ) : (
            <Link to="/queue">{t('states.queue')}</Link>
          )
        }
      >
        <p>{t(`states.${name}.next`)}</p>
      </StateMessage>
    );
  }
  return <FailureMessage error={found.error} retry={() => void found.refetch()} centred />;
}
