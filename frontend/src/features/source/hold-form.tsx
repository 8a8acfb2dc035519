import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';

import { GraveForm, type Step } from './grave-form';

/** Places a hold, or lets go of the one given. */
export function HoldForm({ item, hold, done }: { item: string; hold: Schemas['HoldShown'] | null; done: () => void }) {
  const { t } = useTranslation('source');
  const act = hold === null ? 'place' : hold.state === 'release_asked' ? 'confirm' : 'ask';
  const step: Step = {
    label: t(`holds.${act}`),
    isMain: true,
    take: ({ ground, reason, header }) =>
      hold
        ? told(
            api.POST('/api/v1/items/{item}/holds/{hold}/releases', {
              params: { path: { item, hold: hold.hold }, header },
              body: { reason },
            }),
          )
        : told(
            api.POST('/api/v1/items/{item}/holds', {
              params: { path: { item }, header },
              body: { authority: ground, reason },
            }),
          ),
  };
  return (
    <GraveForm
      item={item}
      about="holds"
      means={t(`holds.means.${act}`)}
      ground={hold ? null : { label: t('holds.authority'), description: t('holds.authorityHint') }}
      reason={{ label: t('holds.reason') }}
      steps={[step]}
      done={done}
    />
  );
}
