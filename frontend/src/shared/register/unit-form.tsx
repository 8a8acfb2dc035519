import { Button, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { SidcField } from '@/shared/symbol/sidc-field';
import { readSidc } from '@/shared/symbol/sidc';

import { areNames, NamesField } from './names-field';
import type { Unit, UnitDescription } from './queries';
import styles from './register.module.css';
import { UnitPicker } from './unit-picker';

export const EMPTY_UNIT: UnitDescription = { name: '', names: [], sources: [] };

/** What of a unit can be described anew. */
export function describedUnit(unit: Unit): UnitDescription {
  const { unit: _unit, version: _version, author: _author, made_at: _madeAt, ...said } = unit;
  const { versions: _versions, ...description } = said as UnitDescription & { versions?: unknown };
  return description;
}

/** The description as the archive takes it: nothing empty, nothing that only looks like something. */
export function sentUnit(typed: UnitDescription): UnitDescription {
  const line = (text: string | null | undefined) => text?.trim() || null;
  const sidc = line(typed.sidc);
  return {
    name: typed.name.trim(),
    names: (typed.names ?? []).map((name) => ({ ...name, name: name.name.trim() })),
    country: line(typed.country)?.toUpperCase() ?? null,
    parent: typed.parent ?? null,
    sidc,
    echelon: sidc ? (readSidc(sidc)?.echelon ?? typed.echelon ?? null) : (typed.echelon ?? null),
    military_number: line(typed.military_number),
    garrison: line(typed.garrison),
    note: line(typed.note),
    sources: (typed.sources ?? []).map((source) => source.trim()).filter(Boolean),
  };
}

/** Whether a description can be sent. */
export function isUnit(typed: UnitDescription): boolean {
  return (
    typed.name.trim() !== '' &&
    areNames(typed.names ?? []) &&
    (!typed.country || /^[A-Za-z]{2}$/.test(typed.country.trim())) &&
    (!typed.sidc || readSidc(typed.sidc) !== null)
  );
}

/** The fields of a unit. */
export function UnitForm(props: {
  value: UnitDescription;
  onChange: (value: UnitDescription) => void;
  onSubmit: () => void;
  submit: string;
  busy: boolean;
  unit?: string;
  /** What failed, and what else can be done. */
  children?: ReactNode;
}) {
  const { t } = useTranslation('register');
  const { value } = props;
  const set = (change: Partial<UnitDescription>) => props.onChange({ ...value, ...change });
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        if (isUnit(value) && !props.busy) props.onSubmit();
      }}
    >
      <TextInput
        label={t('unit.name')}
        required
        maxLength={300}
        value={value.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <NamesField value={value.names ?? []} onChange={(names) => set({ names })} />
      <div className={styles['pair']}>
        <TextInput
          label={t('unit.country')}
          description={t('unit.countryHint')}
          maxLength={2}
          value={value.country ?? ''}
          error={value.country && !/^[A-Za-z]{2}$/.test(value.country) ? t('unit.countryWrong') : null}
          onChange={(event) => set({ country: event.currentTarget.value.toUpperCase() || null })}
        />
        <UnitPicker
          label={t('unit.parent')}
          description={t('unit.parentHint')}
          value={value.parent ?? null}
          except={props.unit ?? null}
          onChange={(parent) => set({ parent })}
        />
      </div>
      <SidcField value={value.sidc ?? ''} onChange={(sidc) => set({ sidc: sidc || null })} />
      <div className={styles['pair']}>
        <TextInput
          label={t('unit.military_number')}
          maxLength={300}
          value={value.military_number ?? ''}
          onChange={(event) => set({ military_number: event.currentTarget.value })}
        />
        <TextInput
          label={t('unit.garrison')}
          maxLength={300}
          value={value.garrison ?? ''}
          onChange={(event) => set({ garrison: event.currentTarget.value })}
        />
      </div>
      <Textarea
        label={t('unit.note')}
        maxLength={10_000}
        value={value.note ?? ''}
        onChange={(event) => set({ note: event.currentTarget.value })}
      />
      <Textarea
        label={t('unit.sources')}
        description={t('unit.sourcesHint')}
        value={(value.sources ?? []).join('\n')}
        onChange={(event) => set({ sources: event.currentTarget.value ? event.currentTarget.value.split('\n') : [] })}
      />
      {props.children}
      <div className={styles['actions']}>
        <Button type="submit" variant="filled" loading={props.busy} disabled={!isUnit(value)}>
          {props.submit}
        </Button>
      </div>
    </form>
  );
}
