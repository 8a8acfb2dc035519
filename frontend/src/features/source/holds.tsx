import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { useDesk } from '@/shared/desk/contract';
import { IconLock } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import { HoldForm } from './hold-form';
import styles from './source.module.css';

type Hold = Schemas['HoldShown'];

/** The legal holds of the item: by whose authority nothing of it may go, and who has let go of which. */
export function Holds() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const { data: me } = useQuery(meQuery);
  const [placing, setPlacing] = useState(false);
  const mayHold = me?.may.hold ?? false;
  const holds = useQuery({
    queryKey: ['item', item.item, 'holds', item.held, item.changed_at],
    queryFn: async () =>
      (await told(api.GET('/api/v1/items/{item}/holds', { params: { path: { item: item.item } } }))).data,
    placeholderData: (known) => known,
  });
  const rows = holds.data ?? [];
  if (!mayHold && !item.held && rows.length === 0 && !holds.error) return null;
  return (
    <section>
      <header className={styles['head']}>
        <h2>{t('holds.title')}</h2>
        {mayHold && !placing ? <Button onClick={() => setPlacing(true)}>{t('holds.place')}</Button> : null}
      </header>
      {holds.error ? <FailureMessage error={holds.error} retry={() => void holds.refetch()} /> : null}
      {rows.length === 0 && holds.isSuccess ? <p className={styles['dim']}>{t('holds.none')}</p> : null}
      {placing ? <HoldForm item={item.item} hold={null} done={() => setPlacing(false)} /> : null}
      <ul className={styles['files']}>
        {rows.map((hold) => (
          <li key={hold.hold}>
            <HoldLine hold={hold} mayRelease={mayHold} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function HoldLine({ hold, mayRelease }: { hold: Hold; mayRelease: boolean }) {
  const { t } = useTranslation('source');
  const [releasing, setReleasing] = useState(false);
  const stands = hold.state !== 'released';
  return (
    <>
      <p className={stands ? styles['care'] : styles['dim']}>
        {stands ? <IconLock size={14} aria-hidden="true" /> : null} {t(`holds.states.${hold.state}`)}
      </p>
      <dl className={styles['pairs']}>
        <dt>{t('holds.authority')}</dt>
        <dd>{hold.authority}</dd>
        <dt>{t('holds.reason')}</dt>
        <dd>{hold.reason}</dd>
      </dl>
      <p className={styles['dim']}>
        {t('holds.placedBy', { who: hold.placed_by.name })} <Moment at={hold.placed_at} exact />
      </p>
      {hold.releases.map((release) => (
        <p key={release.person.id} className={styles['dim']}>
          {t('holds.releasedBy', { who: release.person.name, reason: release.reason })}{' '}
          <Moment at={release.made_at} exact />
        </p>
      ))}
      {stands && hold.yours ? <p role="status">{t('holds.yours')}</p> : null}
      {stands && mayRelease && !hold.yours && !releasing ? (
        <Button onClick={() => setReleasing(true)}>
          {t(hold.state === 'release_asked' ? 'holds.confirm' : 'holds.ask')}
        </Button>
      ) : null}
      {releasing ? <HoldForm item={hold.item} hold={hold} done={() => setReleasing(false)} /> : null}
    </>
  );
}
