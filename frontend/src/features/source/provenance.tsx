import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { type Item, useDesk } from '@/shared/desk/contract';
import { IconExternal } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';

import { CopyButton } from './copy-button';
import styles from './source.module.css';

/** Where the item comes from: its address or whoever brought it, and what the platform says of it. */
export function Provenance() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  return (
    <>
      <dl className={styles['pairs']}>
        {item.source ? <Address address={item.source} /> : item.erased_at ? null : <Supplied item={item} />}
        <Pair name={t('platform')} value={item.platform} />
        <Pair name={t('account')} value={item.account} />
        <Pair name={t('published')} value={item.published_at ? <Moment at={item.published_at} exact /> : null} />
        <Pair name={t('received')} value={<Moment at={item.created_at} exact />} />
        {item.erased_at ? <Pair name={t('sensitivity')} value={t(`audience:levels.${item.sensitivity}`)} /> : null}
      </dl>
      <Caption item={item} />
    </>
  );
}

function Pair({ name, value }: { name: string; value: ReactNode }) {
  if (!value) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Address({ address }: { address: string }) {
  const { t } = useTranslation('source');
  const linkable = /^https?:\/\//.test(address);
  return (
    <>
      <dt>{t('address')}</dt>
      <dd className={styles['address']}>
        <span className={styles['mono']}>{address}</span>
        <CopyButton text={address} label={t('copyAddress')} />
        {linkable ? (
          <a href={address} rel="noreferrer noopener" target="_blank">
            {t('open')} <IconExternal size={12} aria-hidden="true" />
          </a>
        ) : null}
      </dd>
    </>
  );
}

/** Who brought a file in, and under which name; the first line of the custody ledger says so. */
function Supplied({ item }: { item: Item }) {
  const { t } = useTranslation('source');
  const { nameOf } = useDesk();
  const first = useQuery({
    queryKey: ['item', item.item, 'events', 'first'],
    queryFn: async () => {
      const params = { path: { item: item.item }, query: { limit: 1 } };
      return (await told(api.GET('/api/v1/items/{item}/events', { params }))).data[0] ?? null;
    },
    staleTime: Infinity,
  });
  const agent = first.data?.event['agent'];
  const { kind, id } = agent && typeof agent === 'object' ? (agent as Record<string, unknown>) : {};
  const who = kind === 'operator' ? t('operator') : typeof id === 'string' ? nameOf(id) : t('supplied');
  return (
    <>
      <Pair name={t('suppliedBy')} value={who} />
      <Pair name={t('suppliedName')} value={item.title} />
    </>
  );
}

/** The platform's own words of the newest capture, exactly as they came. */
function Caption({ item }: { item: Item }) {
  const { t } = useTranslation('source');
  const identity = item.captures.findLast((capture) => Object.keys(capture.identity).length > 0)?.identity ?? {};
  const words = ['title', 'description'].flatMap((name) => {
    const text = identity[name];
    return typeof text === 'string' && text ? [{ name, text }] : [];
  });
  if (words.length === 0) return null;
  return (
    <figure className={styles['caption']}>
      <figcaption>{t('caption')}</figcaption>
      {words.map(({ name, text }) => (
        <blockquote key={name}>{text}</blockquote>
      ))}
    </figure>
  );
}
