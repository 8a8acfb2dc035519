import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { pointWords, radiusWords } from '@/shared/records/format';
import { datesWords } from '@/shared/register/dates';
import { Differences } from '@/shared/register/differences';
import { usePeople } from '@/shared/register/people';
import { placeQuery } from '@/shared/register/queries';
import register from '@/shared/register/register.module.css';
import { Moment } from '@/shared/ui/moment';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './places.module.css';

/** One place of the register with its names and versions. */
export function PlaceSheet({ place, onEdit, onClose }: { place: string; onEdit: () => void; onClose: () => void }) {
  const { t, i18n } = useTranslation('places');
  const nameOf = usePeople();
  const { data, error, refetch } = useQuery(placeQuery(place));
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (!data) return <Bones rows={6} />;
  const shown = data.body;
  return (
    <article className={styles['editor']}>
      <header>
        <h2>{shown.name}</h2>
        <Button onClick={onEdit}>{t('edit')}</Button>
        <Button onClick={onClose}>{t('close')}</Button>
      </header>
      <p className={styles['figures']}>
        {pointWords({ ...shown, radiusM: shown.radius_m })} ± {radiusWords(shown.radius_m, i18n.language)}
      </p>
      {shown.kind ? <p>{shown.kind}</p> : null}
      {(shown.names ?? []).length > 0 ? (
        <ul aria-label={t('names')}>
          {(shown.names ?? []).map((name) => (
            <li key={`${name.name}|${name.from ?? ''}`}>
              <span lang={name.language ?? undefined}>{name.name}</span>{' '}
              <span className={styles['dim']}>{[name.language, datesWords(name)].filter(Boolean).join(', ')}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {shown.note ? <p className={styles['words']}>{shown.note}</p> : null}
      <h3>{t('versions')}</h3>
      <ol className={register['versions']}>
        {shown.versions.map((version, at) => {
          const before = shown.versions[at + 1];
          return (
            <li key={version.version}>
              <p>
                <strong>v{version.version}</strong>{' '}
                <span className={register['by']}>
                  {nameOf(version.author)}, <Moment at={version.made_at} exact />
                </span>
              </p>
              {before ? <Differences before={before} after={version} /> : null}
            </li>
          );
        })}
      </ol>
    </article>
  );
}
