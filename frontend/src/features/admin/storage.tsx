import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { bytesInWords } from '@/shared/lib/bytes';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { Stores } from './stores';
import styles from './admin.module.css';

/** How the stores are, how much is kept, and how much room is left. */
export function Storage() {
  return (
    <>
      <Stores />
      <Room />
    </>
  );
}

function Room() {
  const { t, i18n } = useTranslation(['admin', 'receipt']);
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ['storage'],
    queryFn: () => told(api.GET('/api/v1/storage')),
  });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (isPending) return <Bones />;
  if (!data.made_at) {
    return (
      <StateMessage title={t('storage.never')}>
        <p>{t('storage.neverHint')}</p>
      </StateMessage>
    );
  }
  const size = (bytes: number | null | undefined) => bytesInWords(bytes ?? 0, i18n.language);
  const count = (number: number | null | undefined) => new Intl.NumberFormat(i18n.language).format(number ?? 0);
  const total = data.total_bytes ?? 0;
  const free = data.free_bytes ?? 0;
  const parts = {
    originals: data.originals_bytes ?? 0,
    products: data.products_bytes ?? 0,
    other: Math.max(0, total - free - (data.originals_bytes ?? 0) - (data.products_bytes ?? 0)),
  };
  return (
    <Section
      title={t('storage.title')}
      hint={
        <>
          {t('storage.counted')} <Moment at={data.made_at} />.
        </>
      }
    >
      <div className={styles['bar']} role="img" aria-label={t('storage.bar', { free: size(free), total: size(total) })}>
        {Object.entries(parts).map(([part, bytes]) => (
          <span key={part} data-part={part} style={{ width: `${total ? (100 * bytes) / total : 0}%` }} />
        ))}
      </div>
      <div className={styles['pair']}>
        <dl className={styles['facts']}>
          <dt>{t('storage.originals')}</dt>
          <dd>
            {size(parts.originals)} · {count(data.originals)}
          </dd>
          <dt>{t('storage.products')}</dt>
          <dd>{size(parts.products)}</dd>
          <dt>{t('storage.other')}</dt>
          <dd>{size(parts.other)}</dd>
          <dt>{t('storage.free')}</dt>
          <dd>{size(free)}</dd>
          <dt>{t('storage.files')}</dt>
          <dd>{count(data.files)}</dd>
          <dt>{t('storage.items')}</dt>
          <dd>{count(data.items)}</dd>
        </dl>
        <Counts
          title={t('storage.captures')}
          counts={data.captures_by_outcome ?? {}}
          nameOf={(outcome) => t(`receipt:outcomes.${outcome}.title`)}
        />
        <Counts
          title={t('storage.work')}
          counts={data.jobs_by_state ?? {}}
          nameOf={(state) => t(`jobs.states.${state}`)}
        />
      </div>
    </Section>
  );
}

function Counts(props: { title: string; counts: Readonly<Record<string, number>>; nameOf: (name: string) => string }) {
  const { i18n } = useTranslation();
  const rows = Object.entries(props.counts);
  if (rows.length === 0) return null;
  return (
    <div>
      <h3>{props.title}</h3>
      <dl className={styles['facts']}>
        {rows.map(([name, number]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{props.nameOf(name)}</dt>
            <dd>{new Intl.NumberFormat(i18n.language).format(number)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
