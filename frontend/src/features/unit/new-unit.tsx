import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useKeptDraft } from '@/shared/register/kept-draft';
import { useOnce } from '@/shared/register/once';
import type { UnitDescription } from '@/shared/register/queries';
import { EMPTY_UNIT, sentUnit, UnitForm } from '@/shared/register/unit-form';
import { FailureMessage } from '@/shared/ui/states';

import styles from './unit.module.css';

/** Enters a unit into the register without leaving the item. */
export function NewUnit({ onAdded, onCancel }: { onAdded: (unit: string) => void; onCancel: () => void }) {
  const { t } = useTranslation('unit');
  const queries = useQueryClient();
  const draft = useKeptDraft<UnitDescription>('unit:new');
  const once = useOnce();
  const value = draft.value ?? EMPTY_UNIT;
  const adding = useMutation({
    mutationFn: (body: UnitDescription) =>
      told(api.POST('/api/v1/units', { body, headers: { 'Idempotency-Key': once(body) } })),
    onSuccess: async (unit) => {
      draft.discard();
      onAdded(unit.unit);
      await queries.invalidateQueries({ queryKey: ['units'] });
    },
  });
  return (
    <section className={styles['new']} aria-label={t('add')}>
      <h3>{t('add')}</h3>
      <UnitForm
        value={value}
        onChange={draft.set}
        onSubmit={() => adding.mutate(sentUnit(value))}
        submit={t('enter')}
        busy={adding.isPending}
      >
        {adding.error ? <FailureMessage error={adding.error} /> : null}
      </UnitForm>
      <Button className={styles['start'] ?? ''} onClick={onCancel}>
        {t('cancel')}
      </Button>
    </section>
  );
}
