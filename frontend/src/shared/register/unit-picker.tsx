import { Combobox, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { UnitSymbol } from '@/shared/symbol/unit-symbol';

import { unitQuery, unitsQuery } from './queries';
import styles from './register.module.css';

/** Finds a unit of the register by any of its names, in any script. */
export function UnitPicker(props: {
  label: string;
  description?: string;
  value: string | null;
  onChange: (unit: string | null) => void;
  /** A unit that makes no sense here, such as the one being described. */
  except?: string | null;
}) {
  const { t } = useTranslation('register');
  const combobox = useCombobox();
  const [typed, setTyped] = useState<string | null>(null);
  const [asked] = useDebouncedValue((typed ?? '').trim(), 200);
  const chosen = useQuery({ ...unitQuery(props.value ?? ''), enabled: props.value !== null });
  const found = useInfiniteQuery({ ...unitsQuery(asked), enabled: typed !== null });
  const units = (found.data?.pages[0]?.data ?? []).filter((unit) => unit.unit !== props.except).slice(0, 30);
  const name = props.value ? (chosen.data?.body.name ?? props.value) : '';
  return (
    <Combobox
      store={combobox}
      withinPortal
      onOptionSubmit={(unit) => {
        props.onChange(unit);
        setTyped(null);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          label={props.label}
          description={props.description}
          placeholder={t('picker.placeholder')}
          autoComplete="off"
          value={typed ?? name}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            if (event.currentTarget.value === '') props.onChange(null);
            combobox.openDropdown();
            combobox.resetSelectedOption();
          }}
          onFocus={() => {
            setTyped(name);
            combobox.openDropdown();
          }}
          onBlur={() => {
            setTyped(null);
            combobox.closeDropdown();
          }}
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={280} className={styles['options'] ?? ''}>
          {units.map((unit) => (
            <Combobox.Option key={unit.unit} value={unit.unit}>
              <span className={styles['option']}>
                {unit.sidc ? <UnitSymbol sidc={unit.sidc} size={16} /> : <span />}
                <span>
                  {unit.name}
                  <small>{[unit.country, unit.military_number, unit.garrison].filter(Boolean).join(' · ')}</small>
                </span>
              </span>
            </Combobox.Option>
          ))}
          {units.length === 0 ? (
            <Combobox.Empty>
              {found.isError ? t('picker.failed') : found.isPending ? t('picker.searching') : t('picker.nothing')}
            </Combobox.Empty>
          ) : null}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
