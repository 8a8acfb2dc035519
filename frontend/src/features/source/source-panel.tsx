import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useCaptureAgain } from '@/shared/desk/capture-again';
import { type Item, useDesk } from '@/shared/desk/contract';
import { IconExternal } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage, useFailureWords } from '@/shared/ui/states';

import { Captures } from './captures';
import { Comparison } from './comparison';
import { useComparison } from './comparison-query';
import { CopyButton } from './copy-button';
import { Erasures } from './erasures';
import { Files } from './files';
import { Holds } from './holds';
import { Package } from './package';
import styles from './source.module.css';
import { Watch } from './watch';

/** Where the item comes from: its address or whoever brought it, what the platform says of it, and what was collected. */
export function SourcePanel() {
  const { t } = useTranslation('source');
  const { item, locked } = useDesk();
  const again = useCaptureAgain(item.item);
  const failure = useFailureWords(again.error);
  const stamp = `${item.captures.length}/${item.steps.filter(({ state }) => state === 'done').length}`;
  const comparison = useComparison(item.item, stamp);
  const compared = comparison.data?.data ?? [];
  const origins = useQuery({
    queryKey: ['item', item.item, 'credentials', item.changed_at, item.products.length],
    queryFn: () => told(api.GET('/api/v1/items/{item}/credentials', { params: { path: { item: item.item } } })),
    placeholderData: (known) => known,
  });
  return (
    <div className={styles['panel']}>
      <section>
        <h2>{t('title')}</h2>
        <dl className={styles['pairs']}>
          {item.source ? <Address address={item.source} /> : <Supplied item={item} />}
          <Pair name={t('platform')} value={item.platform} />
          <Pair name={t('account')} value={item.account} />
          {item.published_at ? (
            <>
              <dt>{t('published')}</dt>
              <dd>
                <Moment at={item.published_at} exact />
              </dd>
            </>
          ) : null}
          <Pair name={t('received')} value={<Moment at={item.created_at} exact />} />
          <Pair name={t('sensitivity')} value={t(`sensitivities.${item.sensitivity}`)} />
        </dl>
        <Caption item={item} />
      </section>
      <section>
        <header className={styles['head']}>
          <h2>{t('captures')}</h2>
          {item.source && !locked ? (
            <Button loading={again.isPending} onClick={() => again.mutate(undefined)}>
              {t('again')}
            </Button>
          ) : null}
        </header>
        {again.error ? <p role="alert" className={styles['bad']}>{`${failure.title}. ${failure.detail}`}</p> : null}
        {again.isSuccess ? <p role="status">{t('asked')}</p> : null}
        {comparison.isError ? (
          <p role="alert" className={styles['bad']}>
            {t('comparison.failed')}
          </p>
        ) : null}
        <Captures
          item={item}
          compared={compared}
          onAgain={item.source && !locked ? (like) => again.mutate(like) : undefined}
        />
      </section>
      <Comparison captures={compared} />
      <Watch />
      <Holds />
      <Package />
      <Erasures />
      {origins.error ? <FailureMessage error={origins.error} retry={() => void origins.refetch()} /> : null}
      <Files title={t('originals')} none={t('noOriginals')} files={item.files} read={origins.data} />
      <Files title={t('products')} none={t('noProducts')} files={item.products} folded />
    </div>
  );
}

function Pair({ name, value }: { name: string; value: React.ReactNode }) {
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
