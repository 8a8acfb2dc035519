import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { parseCoordinates } from '@/shared/lib/geo-typed';

import styles from './explore.module.css';
import { type ExploreSearch, FILTERS } from './search';

/** The one filter behind every face; the address changes when it is sent. */
export function FilterForm({ search, onChange }: { search: ExploreSearch; onChange: (search: ExploreSearch) => void }) {
  const { t } = useTranslation('explore');
  const [problem, setProblem] = useState<{ where: 'point' | 'to'; words: string } | null>(null);
  const [lat, lon, radius] = search.near?.split(',') ?? [];

  function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => String(form.get(name) ?? '').trim();
    const typed = said('point');
    const point = typed ? parseCoordinates(typed) : null;
    const km = Number(said('km').replace(',', '.')) || 10;
    if (typed && !point) return setProblem({ where: 'point', words: t('filter.pointWrong') });
    if (said('from') && said('to') && said('from') > said('to')) {
      return setProblem({ where: 'to', words: t('filter.spanWrong') });
    }
    setProblem(null);
    const near = point ? `${point.lat},${point.lon},${Math.min(km, 2000) * 1000}` : '';
    const asked = { q: said('q'), unit: said('unit'), from: said('from'), to: said('to'), near };
    const kept = Object.fromEntries(Object.entries(search).filter(([name]) => !(name in asked)));
    return onChange({ ...kept, ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')) });
  }

  return (
    <form
      // Another address is another form: what was typed before belongs to the former one.
      key={FILTERS.map((name) => search[name] ?? '').join('|')}
      className={styles['filter']}
      role="search"
      aria-label={t('filter.label')}
      onSubmit={send}
    >
      <TextInput name="q" label={t('filter.words')} description={t('filter.wordsHint')} defaultValue={search.q ?? ''} />
      <TextInput
        name="unit"
        label={t('filter.unit')}
        description={t('filter.unitHint')}
        defaultValue={search.unit ?? ''}
      />
      <fieldset className={styles['pair']}>
        <legend>{t('filter.recorded')}</legend>
        <TextInput name="from" type="date" label={t('filter.from')} defaultValue={search.from ?? ''} />
        <TextInput
          name="to"
          type="date"
          label={t('filter.to')}
          defaultValue={search.to ?? ''}
          error={problem?.where === 'to' ? problem.words : null}
        />
      </fieldset>
      <fieldset className={styles['near']}>
        <legend>{t('filter.near')}</legend>
        <TextInput
          name="point"
          label={t('filter.point')}
          placeholder="48.0159, 37.8028"
          defaultValue={lat && lon ? `${lat}, ${lon}` : ''}
          error={problem?.where === 'point' ? problem.words : null}
        />
        <TextInput
          name="km"
          label={t('filter.km')}
          inputMode="decimal"
          defaultValue={radius ? String(Number(radius) / 1000) : '10'}
        />
      </fieldset>
      <div className={styles['filterActions']}>
        <Button type="submit" variant="filled">
          {t('filter.find')}
        </Button>
      </div>
    </form>
  );
}
