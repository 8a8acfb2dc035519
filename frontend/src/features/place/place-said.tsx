import { useTranslation } from 'react-i18next';

import type { Assertion } from '@/shared/desk/contract';
import { formatPoint, precisionOf } from '@/shared/lib/geo';

import { draftOf, landmarksOf, METHODS, statedPlace } from './draft';
import styles from './place.module.css';

/** One place as it was said. */
export function PlaceSaid({ assertion }: { assertion: Assertion }) {
  const { t } = useTranslation('place');
  const place = statedPlace(assertion);
  if (!place) return null;
  const { method, name_as_written: name, heading_err_deg, hfov_deg } = draftOf(assertion);
  const landmarks = landmarksOf(assertion);
  const isKnown = METHODS.some((one) => one === method);
  return (
    <>
      <p className={styles['role']}>{t(`role.${place.role}`)}</p>
      <p className={styles['coordinate']}>
        {formatPoint(place.at)} <span>± {metres(place.radiusM)}</span>
        <span className={styles['class']}>{t(`precision.${precisionOf(place.radiusM)}`)}</span>
      </p>
      {place.headingDeg === null ? null : (
        <p className={styles['coordinate']}>
          <span className={styles['class']}>{t('looking')}</span> {degrees(place.headingDeg)}
          {heading_err_deg ? ` ± ${heading_err_deg}°` : ''}
          {hfov_deg ? <span className={styles['class']}>{t('view', { degrees: hfov_deg })}</span> : null}
        </p>
      )}
      {name ? <p>“{name}”</p> : null}
      <p className={styles['dim']}>
        {isKnown ? t(`method.${method}`) : method}
        {landmarks.length > 0 ? ` · ${t('landmarks.count', { count: landmarks.length })}` : ''}
      </p>
    </>
  );
}

/** Three digits before the point, as bearings are written. */
export function degrees(bearing: number): string {
  const [whole = '', part] = String(Math.round(bearing * 10) / 10).split('.');
  return `${whole.padStart(3, '0')}${part ? `.${part}` : ''}°`;
}

export function metres(radius: number): string {
  return radius >= 1000 ? `${Math.round(radius / 100) / 10} km` : `${Math.round(radius * 10) / 10} m`;
}
