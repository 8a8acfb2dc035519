import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { isProblem } from '@/api/errors';
import { RegisterConflict } from '@/shared/register/conflict';
import { useKeptDraft } from '@/shared/register/kept-draft';
import { type Unit, type UnitDescription, unitQuery, type UnitShown } from '@/shared/register/queries';
import { describedUnit, sentUnit, UnitForm } from '@/shared/register/unit-form';
import { Section } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';

/** A draft knows which version it was begun from: saving it over another one is a conflict, also days later. */
interface Begun {
  readonly description: UnitDescription;
  readonly version: number;
}

/** Describes a unit anew. */
export function UnitEditor({ unit, etag, onDone }: { unit: UnitShown; etag: string | null; onDone: () => void }) {
  const { t } = useTranslation('units');
  const queries = useQueryClient();
  const draft = useKeptDraft<Begun>(`unit:${unit.unit}`);
  const [theirs, setTheirs] = useState<Unit | null>(null);
  const seen = etag ? Number(etag.replaceAll(/\D/g, '')) : unit.version;
  const begun = draft.value ?? { description: describedUnit(unit), version: seen };
  const saving = useMutation({
    mutationFn: (description: UnitDescription) =>
      told(
        api.PUT('/api/v1/units/{unit}', {
          params: { path: { unit: unit.unit } },
          body: description,
          headers: { 'If-Match': `"${begun.version}"` },
        }),
      ),
    onSuccess: async () => {
      draft.discard();
      await queries.invalidateQueries({ queryKey: unitQuery(unit.unit).queryKey });
      await queries.invalidateQueries({ queryKey: ['units'] });
      onDone();
    },
    onError: (error) => {
      const current = isProblem(error, 'stale') ? error.extensions['current'] : null;
      if (current && typeof current === 'object') setTheirs(current as Unit);
    },
  });
  return (
    <Section
      title={t('edit')}
      hint={draft.value ? t('kept') : null}
      actions={
        <Button
          onClick={() => {
            draft.discard();
            onDone();
          }}
        >
          {t('discard')}
        </Button>
      }
    >
      {theirs ? (
        <RegisterConflict
          mine={sentUnit(begun.description)}
          theirs={{ ...describedUnit(theirs), version: theirs.version, author: theirs.author }}
          onSettled={(settled) => {
            draft.set({ description: settled, version: theirs.version });
            setTheirs(null);
            saving.reset();
          }}
        />
      ) : (
        <UnitForm
          unit={unit.unit}
          value={begun.description}
          onChange={(description) => draft.set({ description, version: begun.version })}
          onSubmit={() => saving.mutate(sentUnit(begun.description))}
          submit={t('save')}
          busy={saving.isPending}
        >
          {saving.error ? <FailureMessage error={saving.error} /> : null}
        </UnitForm>
      )}
    </Section>
  );
}
