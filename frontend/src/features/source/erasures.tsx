import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { useDesk } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import { ErasureForm } from './erasure-form';
import styles from './source.module.css';

type Erasure = Schemas['ErasureShown'];

/** Who asks that the item is erased, who has answered, and, once it is erased, its tombstone. */
export function Erasures() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const { data: me } = useQuery(meQuery);
  const [asking, setAsking] = useState(false);
  const mayErase = me?.may.hold ?? false;
  const erasures = useQuery({
    queryKey: ['item', item.item, 'erasures', item.erased_at, item.changed_at],
    queryFn: async () =>
      (await told(api.GET('/api/v1/items/{item}/erasures', { params: { path: { item: item.item } } }))).data,
    placeholderData: (known) => known,
  });
  const rows = erasures.data ?? [];
  if (!mayErase && rows.length === 0 && !erasures.error) return null;
  const mayAsk = mayErase && !item.held && !item.erased_at && !rows.some((one) => one.state === 'asked');
  return (
    <section>
      <header className={styles['head']}>
        <h2>{t('erasures.title')}</h2>
        {mayAsk && !asking ? <Button onClick={() => setAsking(true)}>{t('erasures.start')}</Button> : null}
      </header>
      {erasures.error ? <FailureMessage error={erasures.error} retry={() => void erasures.refetch()} /> : null}
      {mayErase && item.held && !item.erased_at ? <p className={styles['dim']}>{t('erasures.held')}</p> : null}
      {asking ? <ErasureForm item={item.item} erasure={null} done={() => setAsking(false)} /> : null}
      <ul className={styles['files']}>
        {rows.map((erasure) => (
          <li key={erasure.erasure}>
            <ErasureLine erasure={erasure} mayAnswer={mayErase && !item.held} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ErasureLine({ erasure, mayAnswer }: { erasure: Erasure; mayAnswer: boolean }) {
  const { t } = useTranslation('source');
  const [answering, setAnswering] = useState(false);
  const isOpen = erasure.state === 'asked';
  const places = erasure.done.map(({ place }) => t(`erasures.places.${place}`, { defaultValue: place })).join(', ');
  return (
    <>
      <p className={isOpen ? styles['care'] : undefined}>{t(`erasures.states.${erasure.state}`)}</p>
      <dl className={styles['pairs']}>
        <dt>{t('erasures.basis')}</dt>
        <dd>{erasure.basis}</dd>
        <dt>{t('erasures.reason')}</dt>
        <dd>{erasure.reason}</dd>
      </dl>
      <p className={styles['dim']}>
        {t('erasures.askedBy', { who: erasure.asked_by.name })} <Moment at={erasure.asked_at} exact />
      </p>
      {erasure.answer ? (
        <p className={styles['dim']}>
          {t('erasures.answeredBy', { who: erasure.answer.person.name, reason: erasure.answer.reason })}{' '}
          <Moment at={erasure.answer.made_at} exact />
        </p>
      ) : null}
      {erasure.state === 'agreed' ? (
        <p className={styles['dim']}>
          {places ? `${t('erasures.destroyed', { places })} ` : null}
          {erasure.done.some((one) => one.place === 'ledger') ? null : t('erasures.destroying')}
        </p>
      ) : null}
      {isOpen && erasure.yours ? <p role="status">{t('erasures.yours')}</p> : null}
      {isOpen && (mayAnswer || erasure.yours) && !answering ? (
        <Button onClick={() => setAnswering(true)}>{t(erasure.yours ? 'erasures.takeBack' : 'erasures.look')}</Button>
      ) : null}
      {answering ? <ErasureForm item={erasure.item} erasure={erasure} done={() => setAnswering(false)} /> : null}
    </>
  );
}
