import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { formatPoint, type Point } from '@/shared/lib/geo';
import { parseCoordinates } from '@/shared/lib/geo-typed';

import styles from './place-search.module.css';

/** A place somebody chose: from the register, from the gazetteer, or typed as coordinates. */
export interface FoundPlace {
  readonly at: Point;
  readonly name: string | null;
  /** How far the register says it reaches; the gazetteer knows a middle only. */
  readonly radiusM: number | null;
  /** What was typed, where that was coordinates. */
  readonly typed: string | null;
}

interface Option extends FoundPlace {
  readonly key: string;
  readonly group: 'coordinates' | 'registered' | 'world';
  readonly title: string;
  readonly note: string;
}

/** Finds a place by name, in any script, or by coordinates. */
export function PlaceSearch({ onPick, label }: { onPick: (place: FoundPlace) => void; label?: string }) {
  const { t } = useTranslation('map');
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const [text, setText] = useState('');
  const [asked] = useDebouncedValue(text.trim(), 200);
  const { options, isFailed, isPending } = useOptions(asked);
  const choose = (key: string) => {
    const found = options.find((option) => option.key === key);
    if (!found) return;
    onPick(found);
    setText(found.name ?? found.title);
    combobox.closeDropdown();
  };
  const groups = (['coordinates', 'registered', 'world'] as const)
    .map((group) => ({ group, found: options.filter((option) => option.group === group) }))
    .filter(({ found }) => found.length > 0);
  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal>
      <Combobox.Target>
        <TextInput
          label={label ?? t('search.label')}
          placeholder={t('search.placeholder')}
          value={text}
          autoComplete="off"
          onChange={(event) => {
            setText(event.currentTarget.value);
            combobox.openDropdown();
            combobox.updateSelectedOptionIndex();
          }}
          onFocus={() => {
            if (text) combobox.openDropdown();
          }}
          onBlur={() => combobox.closeDropdown()}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={asked.length === 0 || isPending}>
        <Combobox.Options mah={320} className={styles['options'] ?? ''}>
          {groups.map(({ group, found }) => (
            <Combobox.Group key={group} label={t(`search.${group}`)}>
              {found.map((option) => (
                <Combobox.Option key={option.key} value={option.key}>
                  <span className={styles['option']}>
                    <span>{option.title}</span>
                    <span className={styles['note']}>{option.note}</span>
                  </span>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {groups.length === 0 ? (
            <Combobox.Empty>{t(isFailed ? 'search.failed' : 'search.nothing')}</Combobox.Empty>
          ) : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}

function useOptions(asked: string): { options: readonly Option[]; isFailed: boolean; isPending: boolean } {
  const { t, i18n } = useTranslation('map');
  const typed = parseCoordinates(asked);
  const enabled = asked.length > 0 && !typed;
  const world = useQuery({
    queryKey: ['gazetteer', asked],
    enabled,
    staleTime: Infinity,
    queryFn: () => told(api.GET('/api/v1/gazetteer', { params: { query: { q: asked, limit: 8 } } })),
  });
  const registered = useQuery({
    queryKey: ['places', 'search', asked],
    // The register is searched by words of names, so it wants at least one letter or digit.
    enabled: enabled && /[\p{L}\p{N}]/u.test(asked),
    queryFn: () => told(api.GET('/api/v1/places', { params: { query: { q: asked, limit: 4 } } })),
  });
  if (typed) {
    const note = typed.swapped ? t('search.swapped') : '';
    const title = formatPoint(typed);
    const at = { lat: typed.lat, lon: typed.lon };
    const option: Option = {
      key: 'typed',
      group: 'coordinates',
      at,
      name: null,
      radiusM: null,
      typed: asked,
      title,
      note,
    };
    return { options: [option], isFailed: false, isPending: false };
  }
  const country = new Intl.DisplayNames([i18n.language], { type: 'region' });
  const ours = (registered.data?.data ?? []).map((place): Option => ({
    key: place.place,
    group: 'registered',
    at: { lat: place.lat, lon: place.lon },
    name: place.name,
    radiusM: place.radius_m,
    typed: null,
    title: place.name,
    note: [place.kind, formatPoint(place)].filter(Boolean).join(' · '),
  }));
  const others = (world.data?.data ?? []).map((place): Option => {
    const [spelling] = place.names;
    return {
      key: `geonames-${place.geonames_id}`,
      group: 'world',
      at: { lat: place.lat, lon: place.lon },
      name: spelling ?? place.name,
      radiusM: null,
      typed: null,
      title: spelling && spelling !== place.name ? `${spelling} (${place.name})` : place.name,
      note: [
        place.admin,
        nameOf(country, place.country),
        place.population > 0 ? t('search.people', { count: place.population }) : '',
      ]
        .filter(Boolean)
        .join(', '),
    };
  });
  return {
    options: [...ours, ...others],
    isFailed: world.isError,
    isPending: enabled && world.isPending,
  };
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
