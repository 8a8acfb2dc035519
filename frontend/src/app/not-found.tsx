import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { StateMessage } from '@/shared/ui/states';

/** No page has this address. */
export function NotFound() {
  const { t } = useTranslation('app');
  return (
    <StateMessage title={t('notFound.title')} centred actions={<Link to="/">{t('notFound.home')}</Link>}>
      <p>{t('notFound.next')}</p>
    </StateMessage>
  );
}
