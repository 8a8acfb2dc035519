import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { boxAround } from '@/shared/lib/geo';
import { MapView } from '@/shared/map/map';
import { pointWords, radiusWords } from '@/shared/records/format';
import { type Place, placesQuery } from '@/shared/register/queries';
import { IconPlus } from '@/shared/ui/icons';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { PlaceEditor } from './place-editor';
import { PlaceSheet } from './place-sheet';
import styles from './places.module.css';

/** The register of places beside its map: what reviewers have found before. */
export function PlacesPage() {
  const { t } = useTranslation('places');
  const search = useSearch({ from: '/places' });
  const navigate = useNavigate({ from: '/places' });
  const found = useInfiniteQuery(placesQuery(search.q ?? ''));
  const places = found.data?.pages.flatMap((page) => page.data) ?? [];
  const [editing, setEditing] = useState(false);
  const chosen = places.find((place) => place.place === search.sel) ?? null;
  const words = search.q ? { q: search.q } : {};
  const choose = (sel: string | null) => {
    setEditing(false);
    void navigate({ search: sel ? { ...words, sel } : words });
  };
  useEffect(() => {
    document.title = `${t('title')} · Svidok`;
  }, [t]);
  return (
    <div className={styles['page']}>
      <div className={styles['list']}>
        <header className={styles['head']}>
          <h1>{t('title')}</h1>
          <Button
            leftSection={<IconPlus size={16} />}
            onClick={() => void navigate({ search: { ...words, add: true } })}
          >
            {t('add')}
          </Button>
        </header>
        {search.add ? <PlaceEditor place={null} onDone={choose} /> : null}
        {chosen && editing ? <PlaceEditor key={chosen.place} place={chosen} onDone={choose} /> : null}
        {search.sel && !editing && !search.add ? (
          <PlaceSheet place={search.sel} onEdit={() => setEditing(true)} onClose={() => choose(null)} />
        ) : null}
        <form
          key={search.q ?? ''}
          role="search"
          className={styles['search']}
          onSubmit={(event) => {
            event.preventDefault();
            const q = String(new FormData(event.currentTarget).get('q') ?? '').trim();
            void navigate({ search: q ? { q } : {} });
          }}
        >
          <TextInput name="q" type="search" label={t('search')} defaultValue={search.q ?? ''} />
          <Button type="submit">{t('find')}</Button>
        </form>
        {found.error ? <FailureMessage error={found.error} retry={() => void found.refetch()} /> : null}
        {found.isPending ? <Bones rows={6} /> : null}
        {found.data && places.length === 0 ? (
          <StateMessage title={search.q ? t('nothing.title') : t('empty.title')}>
            <p>{search.q ? t('nothing.next') : t('empty.next')}</p>
          </StateMessage>
        ) : null}
        <Rows places={places} chosen={search.sel ?? null} onChoose={choose} />
        {found.hasNextPage ? <Button onClick={() => void found.fetchNextPage()}>{t('more')}</Button> : null}
      </div>
      <div className={styles['map']}>
        <MapView
          label={t('map')}
          bounds={boundsOf(chosen ? [chosen] : places)}
          circles={places.map((place) => ({ id: place.place, at: place, radiusM: place.radius_m, hue: 'accent' }))}
          clustered={places.map((place) => ({
            id: place.place,
            at: place,
            label: place.name,
            hue: 'accent',
            selected: place.place === search.sel,
          }))}
          onPick={choose}
        />
      </div>
    </div>
  );
}

function Rows({
  places,
  chosen,
  onChoose,
}: {
  places: readonly Place[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const { t, i18n } = useTranslation('places');
  if (places.length === 0) return null;
  return (
    <ul className={styles['rows']} aria-label={t('title')}>
      {places.map((place) => (
        <li key={place.place}>
          <button type="button" aria-pressed={place.place === chosen} onClick={() => onChoose(place.place)}>
            <span className={styles['name']}>{place.name}</span>
            <span className={styles['dim']}>{place.kind ?? ''}</span>
            <span className={styles['figures']}>
              {pointWords({ ...place, radiusM: place.radius_m })} ± {radiusWords(place.radius_m, i18n.language)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** A box with room around the places; null for none. */
function boundsOf(places: readonly Place[]) {
  const box = boxAround(places);
  if (!box) return null;
  const room = Math.max(0.03, (box.north - box.south) * 0.15);
  return {
    west: Math.max(-180, box.west - room),
    east: Math.min(180, box.east + room),
    south: Math.max(-85, box.south - room),
    north: Math.min(85, box.north + room),
  };
}
