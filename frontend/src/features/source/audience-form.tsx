import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api } from '@/api/client';
import { itemQuery, meQuery } from '@/api/queries';
import { useDesk } from '@/shared/desk/contract';
import { SensitivityField } from '@/shared/forms/sensitivity-field';
import type { Sensitivity } from '@/shared/lib/sensitivities';

import { GraveForm, type Step } from './grave-form';
import styles from './source.module.css';

/** Changes whom the item is for to one of `levels`; says first what a sealing means, since nothing undoes it. */
export function AudienceForm({ levels, done }: { levels: readonly Sensitivity[]; done: () => void }) {
  const { t } = useTranslation('audience');
  const { item } = useDesk();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const isSteward = me?.roles.includes('steward') ?? false;
  const isSealing = levels.includes('sealed');
  const [wanted, setWanted] = useState<Sensitivity>(isSealing ? 'sealed' : item.sensitivity);
  const step: Step = {
    label: t(isSealing ? 'sealDo' : 'changeDo'),
    isMain: true,
    isReady: wanted !== item.sensitivity,
    take: ({ reason }) => {
      // The state that was seen, not the newest there is: what came in between is looked at first. A sealing heeds only
      // what people did: the machine's next step must not hold it up.
      const etag = isSealing ? null : queries.getQueryData(itemQuery(item.item).queryKey)?.etag;
      return api.PUT('/api/v1/items/{item}/sensitivity', {
        params: { path: { item: item.item }, header: { 'if-match': etag ?? `"${item.version}"` } },
        body: { sensitivity: wanted, reason },
      });
    },
  };
  const leave = () => {
    done();
    void queries.invalidateQueries({ queryKey: ['queue'] });
    if (!isSealing) return;
    notifications.show({ message: t('sealedNow') });
    if (!isSteward) void navigate({ to: '/queue' });
  };
  const means = isSealing ? ['gone', 'files', ...(item.record ? ['record'] : []), 'copies', 'final'] : [];
  return (
    <>
      {isSealing ? (
        <ul className={styles['means']}>
          {[...means, ...(isSteward ? [] : ['you'])].map((name) => (
            <li key={name}>{t(`means.${name}`)}</li>
          ))}
        </ul>
      ) : (
        <SensitivityField levels={levels} value={wanted} onChange={setWanted} />
      )}
      <GraveForm
        item={item.item}
        about="audience"
        means={null}
        ground={null}
        reason={{ label: t('reason'), description: t('reasonHint') }}
        steps={[step]}
        done={leave}
        cancel={done}
      />
    </>
  );
}
