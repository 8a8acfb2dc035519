import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from '@tanstack/react-router';

import { api, told } from '@/api/client';
import type { components } from '@/api/schema.gen';
import { bytesInWords } from '@/shared/lib/bytes';
import { AsWritten } from '@/shared/ui/cause';
import { IconAlert, IconCheck, IconX } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './admin.module.css';

type Store = components['schemas']['StoreCondition'];
type Damaged = components['schemas']['DamagedFile'];

/** Where every file is kept, when it was last read there, and what is damaged everywhere. */
export function Stores() {
  const { t } = useTranslation('admin');
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ['stores'],
    queryFn: () => told(api.GET('/api/v1/stores')),
  });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (isPending) return <Bones />;
  if (!data.made_at) {
    return (
      <StateMessage title={t('stores.never')}>
        <p>{t('stores.neverHint')}</p>
      </StateMessage>
    );
  }
  return (
    <>
      {data.damaged.length > 0 ? <DamagedFiles files={data.damaged} /> : null}
      <Section
        title={t('stores.title')}
        hint={
          <>
            {t('stores.counted')} <Moment at={data.made_at} />.{' '}
            {t('stores.every', { count: Math.ceil(data.fixity_days ?? 0) })}
          </>
        }
      >
        <Wide label={t('stores.title')}>
          <table className={styles['table']}>
            <thead>
              <tr>
                {(['store', 'whole', 'owed', 'bad', 'read', 'lock'] as const).map((column) => (
                  <th key={column} scope="col">
                    {t(`stores.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.stores.map((store) => (
                <StoreRow key={store.name} store={store} />
              ))}
            </tbody>
          </table>
        </Wide>
        {data.stores.length === 1 ? (
          <p className={styles['level']} data-level="care">
            <IconAlert size={16} /> {t('stores.onlyOne')}
          </p>
        ) : null}
      </Section>
    </>
  );
}

function StoreRow({ store }: { store: Store }) {
  const { t, i18n } = useTranslation('admin');
  const count = (number: number | undefined) => new Intl.NumberFormat(i18n.language).format(number ?? 0);
  const bad = (store.copies.altered ?? 0) + (store.copies.missing ?? 0);
  return (
    <tr>
      <th scope="row">
        {t(`stores.names.${store.name}`, { defaultValue: store.name })}
        <small>{store.place}</small>
        {store.away ? (
          <small className={styles['level']} data-level="bad">
            <IconX size={16} /> {t('stores.away')}
          </small>
        ) : null}
        {store.away ? <AsWritten sentence={store.away} /> : null}
      </th>
      <td data-number>
        {count(store.copies.whole)}
        {store.copies.enciphered ? (
          <small>{t('stores.ciphertextOnly', { count: store.copies.enciphered })}</small>
        ) : null}
      </td>
      <td data-number>
        {count(store.copies.owed)}
        {store.owed_bytes > 0 ? <small>{bytesInWords(store.owed_bytes, i18n.language)}</small> : null}
      </td>
      <td data-number>
        <span className={styles['level']} data-level={bad > 0 ? 'bad' : 'good'}>
          {bad > 0 ? <IconX size={16} /> : <IconCheck size={16} />} {count(bad)}
        </span>
      </td>
      <td>
        {store.oldest_checked_at ? (
          <>
            {t('stores.oldest')} <Moment at={store.oldest_checked_at} />
          </>
        ) : null}
        {store.unchecked > 0 ? <small>{t('stores.neverRead', { count: store.unchecked })}</small> : null}
      </td>
      <td data-said>
        {store.immutability ? t(`stores.locks.${store.immutability}`) : '–'}
        {store.immutability_sentence ? <AsWritten sentence={store.immutability_sentence} /> : null}
      </td>
    </tr>
  );
}

function DamagedFiles({ files }: { files: Damaged[] }) {
  const { t, i18n } = useTranslation('admin');
  return (
    <Section title={t('stores.damaged')} hint={t('stores.damagedHint')}>
      <Wide label={t('stores.damaged')}>
        <table className={styles['table']}>
          <thead>
            <tr>
              {(['file', 'where', 'items'] as const).map((column) => (
                <th key={column} scope="col">
                  {t(`stores.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <tr key={file.sha256}>
                <td data-number>
                  {file.sha256.slice(0, 16)}… <small>{bytesInWords(file.size_bytes, i18n.language)}</small>
                </td>
                <td>
                  {Object.entries(file.states).map(([store, state]) => (
                    <small key={store}>
                      {t(`stores.names.${store}`, { defaultValue: store })}: {t(`stores.states.${state}`)}
                    </small>
                  ))}
                </td>
                <td>
                  {file.items.map((item) => (
                    <Link key={item} to="/items/$item" params={{ item }}>
                      {item.slice(-8)}
                    </Link>
                  ))}
                  {file.others > 0 ? <small>{t('stores.others', { count: file.others })}</small> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}
