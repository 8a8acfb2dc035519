import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { isProblem } from '@/api/errors';
import { RegisterConflict } from '@/shared/register/conflict';
import { useKeptDraft } from '@/shared/register/kept-draft';
import { useOnce } from '@/shared/register/once';
import type { Place, PlaceDescription } from '@/shared/register/queries';
import { FailureMessage } from '@/shared/ui/states';

import { describedPlace, EMPTY_PLACE, PlaceForm, type PlaceTyped, typedPlace } from './place-form';
import styles from './places.module.css';

interface Begun {
  readonly typed: PlaceTyped;
  readonly version: number;
}

/** Enters a place, or describes one anew; what is typed stays in this browser until it is saved. */
export function PlaceEditor({ place, onDone }: { place: Place | null; onDone: (place: string | null) => void }) {
  const { t } = useTranslation('places');
  const queries = useQueryClient();
  const draft = useKeptDraft<Begun>(`place:${place?.place ?? 'new'}`);
  const once = useOnce();
  const [theirs, setTheirs] = useState<Place | null>(null);
  const begun = draft.value ?? { typed: place ? typedPlace(place) : EMPTY_PLACE, version: place?.version ?? 0 };
  const saving = useMutation({
    mutationFn: (body: PlaceDescription) =>
      place
        ? told(
            api.PUT('/api/v1/places/{place}', {
              params: { path: { place: place.place } },
              body,
              headers: { 'If-Match': `"${begun.version}"` },
            }),
          )
        : told(api.POST('/api/v1/places', { body, headers: { 'Idempotency-Key': once(body) } })),
    onSuccess: async (saved) => {
      draft.discard();
      await queries.invalidateQueries({ queryKey: ['places'] });
      await queries.invalidateQueries({ queryKey: ['place', saved.place] });
      onDone(saved.place);
    },
    onError: (error) => {
      const current = isProblem(error, 'stale') ? error.extensions['current'] : null;
      if (current && typeof current === 'object') setTheirs(current as Place);
    },
  });
  const mine = describedPlace(begun.typed);
  return (
    <section className={styles['editor']} aria-label={place ? t('edit') : t('add')}>
      <header>
        <h2>{place ? t('edit') : t('add')}</h2>
        <Button
          onClick={() => {
            draft.discard();
            onDone(place?.place ?? null);
          }}
        >
          {t('discard')}
        </Button>
      </header>
      {draft.value ? <p className={styles['dim']}>{t('kept')}</p> : null}
      {theirs && mine ? (
        <RegisterConflict
          mine={mine}
          theirs={theirs}
          onSettled={(settled) => {
            draft.set({ typed: typedPlace(settled), version: theirs.version });
            setTheirs(null);
            saving.reset();
          }}
        />
      ) : (
        <PlaceForm
          value={begun.typed}
          onChange={(typed) => draft.set({ typed, version: begun.version })}
          onSubmit={(body) => saving.mutate(body)}
          submit={place ? t('save') : t('enter')}
          busy={saving.isPending}
        >
          {saving.error ? <FailureMessage error={saving.error} /> : null}
        </PlaceForm>
      )}
    </section>
  );
}
