import { Button, Textarea, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { formatPoint } from '@/shared/lib/geo';
import { parseCoordinates } from '@/shared/lib/geo-typed';
import { MapView } from '@/shared/map/map';
import { PlaceSearch } from '@/shared/map/place-search';
import { areNames, NamesField } from '@/shared/register/names-field';
import type { Place, PlaceDescription } from '@/shared/register/queries';
import register from '@/shared/register/register.module.css';

import styles from './places.module.css';

/** A place being described; the coordinates and the radius stay as they were typed until they make sense. */
export interface PlaceTyped {
  readonly name: string;
  readonly names: NonNullable<PlaceDescription['names']>;
  readonly point: string;
  readonly radius: string;
  readonly kind: string;
  readonly note: string;
}

export const EMPTY_PLACE: PlaceTyped = { name: '', names: [], point: '', radius: '100', kind: '', note: '' };

export function typedPlace(place: Place | PlaceDescription): PlaceTyped {
  return {
    name: place.name,
    names: place.names ?? [],
    point: formatPoint(place, 6),
    radius: String(place.radius_m),
    kind: place.kind ?? '',
    note: place.note ?? '',
  };
}

/** The description as the archive takes it; null while something is missing or wrong. */
export function describedPlace(typed: PlaceTyped): PlaceDescription | null {
  const point = parseCoordinates(typed.point);
  const radius = Number(typed.radius.replace(',', '.'));
  if (!point || !(radius > 0 && radius <= 2_000_000) || !typed.name.trim() || !areNames(typed.names)) return null;
  return {
    name: typed.name.trim(),
    names: [...typed.names],
    lat: point.lat,
    lon: point.lon,
    radius_m: radius,
    kind: typed.kind.trim() || null,
    note: typed.note.trim() || null,
  };
}

/** The fields of a place, with the map it lies on. */
export function PlaceForm(props: {
  value: PlaceTyped;
  onChange: (value: PlaceTyped) => void;
  onSubmit: (place: PlaceDescription) => void;
  submit: string;
  busy: boolean;
  children?: ReactNode;
}) {
  const { t } = useTranslation('places');
  const { value } = props;
  const set = (change: Partial<PlaceTyped>) => props.onChange({ ...value, ...change });
  const described = describedPlace(value);
  const point = parseCoordinates(value.point);
  const radius = Number(value.radius.replace(',', '.'));
  const [start] = useState(() => point);
  return (
    <form
      className={register['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (described && !props.busy) props.onSubmit(described);
      }}
    >
      <PlaceSearch
        label={t('take')}
        onPick={({ at, name, radiusM }) =>
          set({
            point: formatPoint(at, 6),
            ...(name && !value.name.trim() ? { name } : {}),
            ...(radiusM ? { radius: String(radiusM) } : {}),
          })
        }
      />
      <TextInput
        label={t('name')}
        required
        maxLength={300}
        value={value.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <NamesField value={value.names} onChange={(names) => set({ names })} />
      <div className={register['pair']}>
        <TextInput
          label={t('point')}
          required
          placeholder="48.0159, 37.8028"
          value={value.point}
          error={value.point && !point ? t('pointWrong') : null}
          onChange={(event) => set({ point: event.currentTarget.value })}
        />
        <TextInput
          label={t('radius')}
          required
          inputMode="decimal"
          value={value.radius}
          error={radius > 0 && radius <= 2_000_000 ? null : t('radiusWrong')}
          onChange={(event) => set({ radius: event.currentTarget.value })}
        />
      </div>
      <div className={styles['small']}>
        <MapView
          label={t('mapOne')}
          hint={t('clickHint')}
          bounds={
            start
              ? { west: start.lon - 0.05, east: start.lon + 0.05, south: start.lat - 0.03, north: start.lat + 0.03 }
              : null
          }
          points={
            point ? [{ id: 'here', at: point, label: value.name || t('name'), hue: 'accent', shape: 'handle' }] : []
          }
          circles={point && radius > 0 ? [{ id: 'here', at: point, radiusM: radius, hue: 'accent' }] : []}
          movable={['here']}
          onDrag={(_, at) => set({ point: formatPoint(at, 6) })}
          onClick={(at) => set({ point: formatPoint(at, 6) })}
        />
      </div>
      <TextInput
        label={t('kind')}
        description={t('kindHint')}
        maxLength={300}
        value={value.kind}
        onChange={(event) => set({ kind: event.currentTarget.value })}
      />
      <Textarea
        label={t('note')}
        maxLength={10_000}
        value={value.note}
        onChange={(event) => set({ note: event.currentTarget.value })}
      />
      {props.children}
      <div className={register['actions']}>
        <Button type="submit" variant="filled" loading={props.busy} disabled={!described}>
          {props.submit}
        </Button>
      </div>
    </form>
  );
}
