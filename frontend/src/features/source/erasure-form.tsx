import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';

import { GraveForm, type Step } from './grave-form';

type Erasure = Schemas['ErasureShown'];

/** Asks that the item is erased, or answers who asked. */
export function ErasureForm({ item, erasure, done }: { item: string; erasure: Erasure | null; done: () => void }) {
  const { t } = useTranslation('source');
  const queries = useQueryClient();
  const ask: Step = {
    label: t('erasures.ask'),
    isMain: true,
    take: ({ ground, reason, header }) =>
      told(
        api.POST('/api/v1/items/{item}/erasures', {
          params: { path: { item }, header },
          body: { basis: ground, reason },
        }),
      ),
  };
  const answer = (asked: Erasure, agree: boolean): Step => ({
    label: t(agree ? 'erasures.agree' : asked.yours ? 'erasures.takeBack' : 'erasures.refuse'),
    isMain: agree,
    take: async ({ reason, header }) => {
      await told(
        api.POST('/api/v1/items/{item}/erasures/{erasure}/answer', {
          params: { path: { item, erasure: asked.erasure }, header },
          body: { agree, reason },
        }),
      );
      // What pages still know of the item is not to be looked at again.
      if (agree) queries.removeQueries({ queryKey: ['item', item], type: 'inactive' });
    },
  });
  const steps = erasure ? [...(erasure.yours ? [] : [answer(erasure, true)]), answer(erasure, false)] : [ask];
  return (
    <GraveForm
      item={item}
      about="erasures"
      means={erasure?.yours ? null : t(erasure ? 'erasures.means.answer' : 'erasures.means.ask')}
      ground={erasure ? null : { label: t('erasures.basis'), description: t('erasures.basisHint') }}
      reason={{ label: t('erasures.reason'), description: t('erasures.reasonHint') }}
      steps={steps}
      done={done}
    />
  );
}
