import { useQuery } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { isOpenEarliest, isOpenLatest } from '@/shared/lib/bounds';
import { boxAround, destination } from '@/shared/lib/geo';
import type { PlaceStated, RecordRead } from '@/shared/records/body';
import { pointWords, radiusWords, useSpanWords, useVocabulary } from '@/shared/records/format';
import { UnitLine } from '@/shared/register/unit-line';

import { Part } from './part';
import styles from './record.module.css';

const MapView = lazy(async () => ({ default: (await import('@/shared/map/map')).MapView }));

type Said =
  | RecordRead['places'][number]
  | RecordRead['times'][number]
  | RecordRead['units'][number]
  | RecordRead['contents'][number];

/** How sure, why, about which part, and on what it rests. */
function Ground({ said }: { said: Said }) {
  const { t } = useTranslation('record');
  const likely = said.likelihood?.map((share) => `${Math.round(share * 100)} %`).join('–');
  return (
    <>
      {said.confidence ? (
        <span className={styles['sure']}>
          {t(`confidence.${said.confidence}`)}
          {likely ? `, ${t('likelihood', { range: likely })}` : ''}
        </span>
      ) : null}
      {said.segment ? <span className={styles['dim']}>{t('segment', { segment: said.segment })}</span> : null}
      {said.reasoning ? <span className={styles['words']}>{said.reasoning}</span> : null}
      {said.citations.map((citation) => (
        <span key={citation.target + (citation.selector ?? '')} className={styles['cited']}>
          {t('restsOn')}{' '}
          <code>
            {citation.target}
            {citation.selector ? `#${citation.selector}` : ''}
          </code>
        </span>
      ))}
    </>
  );
}

function Nothing({ children }: { children: ReactNode }) {
  return <p className={styles['dim']}>{children}</p>;
}

export function Contents({ read }: { read: RecordRead }) {
  const { t } = useTranslation('record');
  return (
    <Part title={t('contents')}>
      {read.contents.length === 0 ? <Nothing>{t('noContents')}</Nothing> : null}
      {read.contents.map((content) => (
        <div key={content.assertion} className={styles['said']}>
          <p className={styles['words']} lang={content.language ?? undefined}>
            {content.summary}
          </p>
          {content.tags.length > 0 ? (
            <span className={styles['dim']}>{t('tags', { tags: content.tags.join(', ') })}</span>
          ) : null}
          <Ground said={content} />
        </div>
      ))}
    </Part>
  );
}

export function Places({ read }: { read: RecordRead }) {
  const { t, i18n } = useTranslation('record');
  const word = useVocabulary();
  const { places } = read;
  return (
    <Part title={t('places')}>
      {places.length === 0 ? <Nothing>{t('noPlaces')}</Nothing> : null}
      {places.length > 0 ? <PlacesMap places={places} /> : null}
      {places.map((place, at) => (
        <div key={place.assertion} className={styles['said']}>
          <h3>
            {places.length > 1 ? `${at + 1}. ` : ''}
            {word('placeRoles', place.role)}
          </h3>
          {place.nameAsWritten ? <q>{place.nameAsWritten}</q> : null}
          <span className={styles['figures']}>
            {pointWords(place)} ± {radiusWords(place.radiusM, i18n.language)}
          </span>
          {place.coarsened ? <span className={styles['marked']}>{t('coarsened')}</span> : null}
          {place.headingDeg === null ? null : (
            <span className={styles['figures']}>
              {t('heading', {
                degrees: place.headingDeg,
                error: place.headingErrDeg === null ? '' : `± ${place.headingErrDeg}°`,
              })}
            </span>
          )}
          {place.method ? (
            <span className={styles['dim']}>{t('method', { method: word('placeMethods', place.method) })}</span>
          ) : null}
          <Ground said={place} />
        </div>
      ))}
    </Part>
  );
}

function PlacesMap({ places }: { places: readonly PlaceStated[] }) {
  const { t } = useTranslation('record');
  const word = useVocabulary();
  const reach = places.flatMap((place) =>
    [0, 90, 180, 270].map((bearing) => destination(place, bearing, Math.max(place.radiusM * 2, 500))),
  );
  return (
    <div className={styles['map']}>
      <Suspense fallback={null}>
        <MapView
          label={t('map')}
          bounds={boxAround(reach)}
          circles={places.map((place) => ({ id: place.assertion, at: place, radiusM: place.radiusM, hue: 'accent' }))}
          // A coarse place has no middle that means anything.
          points={places
            .filter((place) => !place.coarsened)
            .map((place, at) => ({
              id: place.assertion,
              at: place,
              label: word('placeRoles', place.role),
              mark: String(at + 1),
              hue: 'accent',
            }))}
        />
      </Suspense>
    </div>
  );
}

/** Both ends as they are kept; `..` for one that is open, as EDTF writes it. */
function boundsWritten({ earliest, latest }: { earliest: string; latest: string }) {
  const span = { earliest: Date.parse(earliest), latest: Date.parse(latest) };
  return { earliest: isOpenEarliest(span) ? '..' : earliest, latest: isOpenLatest(span) ? '..' : latest };
}

export function Times({ read }: { read: RecordRead }) {
  const { t } = useTranslation('record');
  const spanWords = useSpanWords();
  const word = useVocabulary();
  return (
    <Part title={t('times')}>
      {read.times.length === 0 ? <Nothing>{t('noTimes')}</Nothing> : null}
      {read.times.map((time) => (
        <div key={time.assertion} className={styles['said']}>
          <h3>{word('timeAbout', time.about)}</h3>
          <span className={styles['figures']}>{spanWords(time, time.tz ?? 'UTC')}</span>
          <span className={`${styles['figures']} ${styles['dim']}`}>{t('bounds', boundsWritten(time))}</span>
          {time.method ? (
            <span className={styles['dim']}>{t('method', { method: word('timeMethods', time.method) })}</span>
          ) : null}
          <Ground said={time} />
        </div>
      ))}
    </Part>
  );
}

export function Units({ read }: { read: RecordRead }) {
  const { t } = useTranslation('record');
  const word = useVocabulary();
  const { data: me } = useQuery(meQuery);
  return (
    <Part title={t('units')}>
      {read.units.length === 0 ? <Nothing>{t('noUnits')}</Nothing> : null}
      {read.units.map((unit) => (
        <div key={unit.assertion} className={styles['said']}>
          <h3>
            {unit.unit && me?.may.review ? <UnitLine unit={unit.unit} size={24} /> : (unit.name ?? t('registered'))}
          </h3>
          {unit.unit ? <code className={styles['dim']}>{unit.unit}</code> : null}
          <span>{word('unitRoles', unit.role)}</span>
          {unit.basis.length > 0 ? (
            <span className={styles['dim']}>
              {t('basis', { basis: unit.basis.map((one) => word('unitBases', one)).join(', ') })}
            </span>
          ) : null}
          {unit.basisNote ? <span className={styles['words']}>{unit.basisNote}</span> : null}
          <Ground said={unit} />
        </div>
      ))}
    </Part>
  );
}

export function Originals({ read }: { read: RecordRead }) {
  const { t, i18n } = useTranslation('record');
  const size = new Intl.NumberFormat(i18n.language);
  return (
    <Part title={t('originals')}>
      {read.originals.length === 0 ? <Nothing>{t('noOriginals')}</Nothing> : null}
      {read.originals.map((file) => (
        <div key={file.sha256} className={styles['said']}>
          <code>sha256:{file.sha256}</code>
          <span className={styles['dim']}>
            {[file.mediaType, file.sizeBytes === null ? null : t('bytes', { size: size.format(file.sizeBytes) })]
              .filter(Boolean)
              .join(', ')}
          </span>
          {file.credentials ? (
            <span className={styles['dim']}>
              {t(`credentials.${file.credentials}`, { defaultValue: file.credentials })}
            </span>
          ) : null}
        </div>
      ))}
    </Part>
  );
}
