import { Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { type Affiliation, AFFILIATIONS, DUTIES, type Duty, type Echelon, ECHELONS, makeSidc, readSidc } from './sidc';
import styles from './symbol.module.css';
import { UnitSymbol } from './unit-symbol';
import { useSymbolWords } from './words';

const isOf =
  <T extends string>(list: readonly T[]) =>
  (text: string | null | undefined): text is T =>
    list.some((one) => one === text);
const isAffiliation = isOf<Affiliation>(AFFILIATIONS);
const isEchelon = isOf<Echelon>(ECHELONS);
const isDuty = isOf<Duty>(Object.keys(DUTIES) as Duty[]);

/** A symbol code, typed or put together from its parts, with the symbol it draws. */
export function SidcField({ value, onChange }: { value: string; onChange: (code: string) => void }) {
  const { t } = useTranslation('symbol');
  const words = useSymbolWords();
  const read = readSidc(value);
  const affiliation = isAffiliation(read?.affiliation) ? read.affiliation : null;
  const make = (change: { affiliation?: Affiliation; echelon?: Echelon | null; duty?: Duty }) =>
    onChange(
      makeSidc(
        change.affiliation ?? affiliation ?? 'unknown',
        change.echelon === undefined ? (read?.echelon ?? null) : change.echelon,
        change.duty ?? read?.duty ?? 'unspecified',
      ),
    );
  return (
    <fieldset className={styles['builder']} aria-label={t('field')}>
      <div className={styles['preview']}>
        {value && read ? <UnitSymbol sidc={value} size={40} /> : <span className={styles['words']}>{t('none')}</span>}
      </div>
      <div className={styles['fields']}>
        <Select
          label={t('affiliation')}
          value={affiliation}
          placeholder={t('choose')}
          onChange={(chosen) => isAffiliation(chosen) && make({ affiliation: chosen })}
          data={AFFILIATIONS.map((one) => ({ value: one, label: t(`affiliations.${one}`) }))}
        />
        <Select
          label={t('echelon')}
          value={read?.echelon ?? null}
          placeholder={t('choose')}
          clearable
          onChange={(chosen) => make({ echelon: isEchelon(chosen) ? chosen : null })}
          data={ECHELONS.map((one) => ({ value: one, label: t(`echelons.${one}`) }))}
        />
        <Select
          label={t('duty')}
          value={read?.duty ?? null}
          placeholder={t('choose')}
          searchable
          onChange={(chosen) => isDuty(chosen) && make({ duty: chosen })}
          data={(Object.keys(DUTIES) as Duty[]).map((one) => ({ value: one, label: t(`duties.${one}`) }))}
        />
        <TextInput
          className={styles['wide'] ?? ''}
          label={t('code_label')}
          description={t('code_hint')}
          value={value}
          spellCheck={false}
          error={value && !read ? t('malformed') : null}
          onChange={(event) => onChange(event.currentTarget.value.trim().toUpperCase())}
        />
        {read ? <p className={`${styles['wide']} ${styles['words']}`}>{words(value)}</p> : null}
      </div>
    </fieldset>
  );
}
