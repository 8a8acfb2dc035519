import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { Section } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './needs.module.css';

const COLUMNS = ['live', 'removed', 'private', 'walled', 'geo_blocked'] as const;

/** How much of what is kept is no longer at its source, and where. */
export function Disappearing() {
  const { t, i18n } = useTranslation('needs');
  const { data, error, refetch } = useQuery({
    queryKey: ['liveness'],
    queryFn: () => told(api.GET('/api/v1/liveness')),
  });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (!data || data.sites.length === 0) return null;
  const count = (number: number | undefined) => new Intl.NumberFormat(i18n.language).format(number ?? 0);
  return (
    <Section title={t('liveness.title')} hint={t('liveness.hint')}>
      <Wide label={t('liveness.title')}>
        <table className={styles['table']}>
          <thead>
            <tr>
              <th scope="col">{t('liveness.site')}</th>
              <th scope="col">{t('liveness.watched')}</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {t(`liveness.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.sites.map((site) => (
              <tr key={site.site}>
                <th scope="row">{site.name}</th>
                <td>{count(site.watched)}</td>
                {COLUMNS.map((column) => (
                  <td key={column}>{count(site.by_liveness[column])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}
