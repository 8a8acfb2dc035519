import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useDesk } from '@/shared/desk/contract';
import { FailureMessage } from '@/shared/ui/states';

import { Audience } from './audience';
import { Captures } from './captures';
import { Comparison } from './comparison';
import { Erasures } from './erasures';
import { Files } from './files';
import { Holds } from './holds';
import { once } from './once';
import { Package } from './package';
import { PageKept } from './page-kept';
import { Provenance } from './provenance';
import styles from './source.module.css';
import { Standing } from './standing';
import { Watch } from './watch';

/** Is it safe, where is it from, how its page looks, is it still there, how it was collected; then what can be done. */
export function SourcePanel() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  return (
    <div className={styles['panel']}>
      <section>
        <h2>{t('title')}</h2>
        <Standing />
        <Provenance />
      </section>
      {item.erased_at ? <Erasures /> : <Kept />}
    </div>
  );
}

function Kept() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  return (
    <>
      <Audience />
      <PageKept />
      <Watch />
      <Comparison />
      <Captures />
      <Originals />
      <Package />
      <Holds />
      <Erasures />
      <Files title={t('companions')} files={item.files.filter(({ role }) => role !== 'original')} folded />
      <Files title={t('products')} files={item.products} folded />
    </>
  );
}

/** The originals, each with what it says of its own origin. */
function Originals() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const origins = useQuery({
    queryKey: ['item', item.item, 'credentials', item.changed_at, item.products.length],
    queryFn: () => told(api.GET('/api/v1/items/{item}/credentials', { params: { path: { item: item.item } } })),
    placeholderData: (known) => known,
  });
  return (
    <>
      {origins.error ? <FailureMessage error={origins.error} retry={() => void origins.refetch()} /> : null}
      <Files
        title={t('originals')}
        files={once(item.files.filter(({ role }) => role === 'original'))}
        read={origins.data}
      />
    </>
  );
}
