import { Autocomplete, Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { AssertionFrame } from '@/shared/desk/assertion-frame';
import type { Drafted } from '@/shared/desk/contract';
import { NumberField } from '@/shared/forms/number-field';
import { bearingDeg, CLASS_RADIUS_M, distanceM, formatDms, formatPoint, precisionOf, turned } from '@/shared/lib/geo';
import { parseCoordinates } from '@/shared/lib/geo-typed';

import { bodyOf, draftOf, METHODS, missingOf, type PlaceDraft, pointOf, ROLES, type StatedPlace } from './draft';
import { metres } from './place-said';
import styles from './place.module.css';

interface Props {
  readonly drafted: Drafted<PlaceDraft>;
  readonly places: readonly StatedPlace[];
  readonly onSaid: () => void;
  /** The pairs of landmarks. */
  readonly children: ReactNode;
}

/** What is said about one place. */
export function PlaceForm({ drafted, places, onSaid, children }: Props) {
  const { t } = useTranslation('place');
  const draft = drafted.value;
  const set = (change: Partial<PlaceDraft>) => drafted.set({ ...draft, ...change });
  const methods = METHODS.map((method) => ({ method, words: t(`method.${method}`) }));
  const shownMethod = methods.find(({ method }) => method === draft.method)?.words ?? draft.method;
  return (
    <AssertionFrame
      drafted={drafted}
      kind="place"
      body={bodyOf(draft)}
      missing={missingOf(draft).map((name) => t(`missing.${name}`))}
      draftOf={draftOf}
      onSaid={onSaid}
    >
      <Select
        label={t('fields.role')}
        description={t(`roleHint.${draft.role}`)}
        data={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))}
        value={draft.role}
        allowDeselect={false}
        onChange={(value) => set({ role: ROLES.find((role) => role === value) ?? draft.role })}
      />
      <Coordinate draft={draft} set={set} />
      <Radius draft={draft} set={set} />
      <Direction draft={draft} places={places} set={set} />
      <Autocomplete
        label={t('fields.method')}
        description={t('methodHint')}
        size="xs"
        maxLength={300}
        data={methods.map(({ words }) => words)}
        // Everything is on offer until something else is typed.
        filter={({ options, search }) =>
          search === shownMethod
            ? options
            : options.filter((one) => 'label' in one && one.label.toLowerCase().includes(search.toLowerCase()))
        }
        value={shownMethod}
        onChange={(words) => set({ method: methods.find((one) => one.words === words)?.method ?? words })}
      />
      <TextInput
        label={t('fields.name')}
        description={t('nameHint')}
        maxLength={300}
        value={draft.name_as_written}
        onChange={(event) => set({ name_as_written: event.currentTarget.value })}
      />
      {children}
    </AssertionFrame>
  );
}

interface Part {
  readonly draft: PlaceDraft;
  readonly set: (change: Partial<PlaceDraft>) => void;
}

function Coordinate({ draft, set }: Part) {
  const { t } = useTranslation('place');
  const at = pointOf(draft);
  const typed = draft.coordinate_as_typed;
  const read = typed ? parseCoordinates(typed) : null;
  const isWrong = typed.trim() !== '' && !read;
  return (
    <div>
      <TextInput
        label={t('fields.coordinate')}
        classNames={{ input: styles['monoField'] ?? '' }}
        placeholder={t('coordinatePlaceholder')}
        maxLength={300}
        value={typed || (at ? formatPoint(at) : '')}
        error={isWrong ? t('coordinateWrong') : null}
        onChange={({ currentTarget: { value } }) => {
          const found = parseCoordinates(value);
          set({ coordinate_as_typed: value, lat: found?.lat ?? null, lon: found?.lon ?? null });
        }}
      />
      <p className={styles['dim']}>
        {at ? (
          <>
            <span className={styles['mono']}>{formatDms(at)}</span>
            {read?.swapped ? ` · ${t('coordinateSwapped')}` : ''}
          </>
        ) : (
          t('coordinateHint')
        )}
      </p>
    </div>
  );
}

function Radius({ draft, set }: Part) {
  const { t } = useTranslation('place');
  const precision = draft.radius_m ? precisionOf(draft.radius_m) : null;
  return (
    <div className={styles['group']}>
      <NumberField
        label={t('fields.radius')}
        description={t('radiusHint')}
        className={styles['monoField'] ?? ''}
        unit="m"
        min={0}
        max={2_000_000}
        value={draft.radius_m}
        onChange={(value) => set({ radius_m: value || null })}
      />
      <SegmentedControl
        aria-label={t('precisionLabel')}
        fullWidth
        value={precision ?? ''}
        data={(['exact', 'vicinity', 'locality'] as const).map((value) => ({
          value,
          label: `${t(`precision.${value}`)} ±${metres(CLASS_RADIUS_M[value])}`,
        }))}
        onChange={(value) => {
          if (value === 'exact' || value === 'vicinity' || value === 'locality')
            set({ radius_m: CLASS_RADIUS_M[value] });
        }}
      />
      {precision === 'area' ? <p className={styles['dim']}>{t('precisionArea')}</p> : null}
    </div>
  );
}

function Direction({ draft, set, places }: Part & { places: readonly StatedPlace[] }) {
  const { t } = useTranslation('place');
  const at = pointOf(draft);
  const subject = places.find(({ role, id }) => role === 'subject' && id !== draft.supersedes);
  const towards = at && subject && draft.role === 'camera' ? subject.at : null;
  return (
    <fieldset className={styles['group']}>
      <legend>{t('direction.title')}</legend>
      <div className={styles['angles']}>
        <NumberField
          label={t('direction.heading')}
          className={styles['monoField'] ?? ''}
          unit="°"
          min={-360}
          max={360}
          value={draft.heading_deg}
          onChange={(value) => set({ heading_deg: value === null ? null : turned(value) })}
        />
        <NumberField
          label={t('direction.error')}
          className={styles['monoField'] ?? ''}
          unit="°"
          plusMinus
          min={0}
          max={180}
          disabled={draft.heading_deg === null}
          value={draft.heading_err_deg}
          onChange={(value) => set({ heading_err_deg: value })}
        />
        <NumberField
          label={t('direction.fov')}
          className={styles['monoField'] ?? ''}
          unit="°"
          min={1}
          max={359}
          value={draft.hfov_deg}
          onChange={(value) => set({ hfov_deg: value })}
        />
        <NumberField
          label={t('direction.fovError')}
          className={styles['monoField'] ?? ''}
          unit="°"
          plusMinus
          min={0}
          max={180}
          disabled={draft.hfov_deg === null}
          value={draft.hfov_err_deg}
          onChange={(value) => set({ hfov_err_deg: value })}
        />
      </div>
      {at && draft.heading_deg === null ? <p className={styles['dim']}>{t('direction.hint')}</p> : null}
      {at && towards ? (
        <div className={styles['sides']}>
          <Button onClick={() => set({ heading_deg: Math.round(bearingDeg(at, towards) * 10) / 10 })}>
            {t('direction.fromSubject')}
          </Button>
          <span className={styles['mono']}>{t('direction.away', { distance: metres(distanceM(at, towards)) })}</span>
        </div>
      ) : null}
    </fieldset>
  );
}
