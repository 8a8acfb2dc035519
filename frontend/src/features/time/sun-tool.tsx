import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { NumberField } from '@/shared/forms/number-field';
import type { Span } from '@/shared/lib/bounds';
import { dayAround } from '@/shared/lib/bounds-zone';
import { elevationOf, fittingSpans, type ShadowMeasure, type Sun, sunAt } from '@/shared/lib/sun';

import { typedEnd } from './draft';
import { SpanShown } from './time-said';
import styles from './time.module.css';
import { type CameraPlace, useTyped } from './use-time';

interface Props {
  readonly place: CameraPlace | null;
  readonly zone: string;
  /** The moment to begin with. */
  readonly around: number;
  readonly onBound: (span: Span, reasoning: string) => void;
}

/** Where the sun stood and its shadows pointed, and when in a day a measured shadow fits. */
export function SunTool({ place, zone, around, onBound }: Props) {
  const { t } = useTranslation('time');
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? typedEnd(Math.floor(around / 60_000) * 60_000 + 59_999, zone);
  const read = useTyped(text, zone);
  if (!place) return <p className={styles['dim']}>{t('sun.noPlace')}</p>;
  const moment = typeof read === 'object' ? read.earliest : null;
  const sun = moment === null ? null : sunAt(moment, place.at);
  return (
    <div className={styles['group']}>
      <TextInput
        label={t('sun.moment')}
        classNames={{ input: styles['monoField'] ?? '' }}
        value={text}
        error={read === 'wrong' ? t('wrong') : null}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {place.isAccepted ? null : <p className={styles['care']}>{t('sun.candidate')}</p>}
      {sun ? (
        <div className={styles['sun']}>
          <Compass sun={sun} place={place} />
          <dl className={styles['facts']}>
            <dt>{t('sun.azimuth')}</dt>
            <dd>{angle(sun.azimuthDeg)}</dd>
            <dt>{t('sun.elevation')}</dt>
            <dd>{angle(sun.elevationDeg)}</dd>
            <dt>{t('sun.shadow')}</dt>
            <dd>{sun.shadowDeg === null ? t('sun.down') : angle(sun.shadowDeg)}</dd>
            <dt>{t('sun.ratio')}</dt>
            <dd>{sun.shadowRatio === null ? '–' : `${sun.shadowRatio.toFixed(2)} : 1`}</dd>
          </dl>
        </div>
      ) : null}
      {moment === null ? null : <Measured place={place} zone={zone} moment={moment} onBound={onBound} />}
    </div>
  );
}

/** A shadow as measured in the picture, and the times of that day at which the sun throws it. */
function Measured({
  place,
  zone,
  moment,
  onBound,
}: {
  place: CameraPlace;
  zone: string;
  moment: number;
  onBound: Props['onBound'];
}) {
  const { t } = useTranslation('time');
  const [direction, setDirection] = useState<number | null>(null);
  const [directionErr, setDirectionErr] = useState<number | null>(5);
  const [ratio, setRatio] = useState<number | null>(null);
  const [elevationErr, setElevationErr] = useState<number | null>(3);
  const measure: ShadowMeasure = {
    shadowDeg: direction,
    shadowErrDeg: directionErr ?? 0,
    elevationDeg: ratio ? elevationOf(1, ratio) : null,
    elevationErrDeg: elevationErr ?? 0,
  };
  const day = dayAround(moment, zone);
  const isMeasured = measure.shadowDeg !== null || measure.elevationDeg !== null;
  const spans = isMeasured ? fittingSpans(measure, place.at, day.start, day.end) : [];
  const reasoning = [
    ...(direction === null ? [] : [t('sun.saysDirection', { degrees: direction, error: measure.shadowErrDeg })]),
    ...(ratio
      ? [
          t('sun.saysLength', {
            ratio,
            degrees: measure.elevationDeg?.toFixed(1) ?? '',
            error: measure.elevationErrDeg,
          }),
        ]
      : []),
  ].join(' ');
  return (
    <fieldset className={styles['group']}>
      <legend>{t('sun.measured')}</legend>
      <div className={styles['angles']}>
        <NumberField label={t('sun.direction')} unit="°" min={0} max={360} value={direction} onChange={setDirection} />
        <NumberField
          label={t('sun.directionErr')}
          unit="°"
          plusMinus
          min={0}
          max={90}
          value={directionErr}
          onChange={setDirectionErr}
        />
        <NumberField label={t('sun.length')} min={0} value={ratio} onChange={(value) => setRatio(value || null)} />
        <NumberField
          label={t('sun.elevationErr')}
          unit="°"
          plusMinus
          min={0}
          max={45}
          value={elevationErr}
          onChange={setElevationErr}
        />
      </div>
      <p className={styles['dim']}>{t('sun.measureHint')}</p>
      {isMeasured && spans.length === 0 ? <p role="status">{t('sun.never')}</p> : null}
      <ul className={styles['fits']}>
        {spans.map((span) => (
          <li key={span.earliest}>
            <SpanShown span={span} zone={zone} />
            <Button onClick={() => onBound(span, reasoning)}>{t('useAsBound')}</Button>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

const [MIDDLE, REACH] = [56, 44];

/** North is up: the view as a wedge, the sun as a disc, the shadow as a line away from it. */
function Compass({ sun, place }: { sun: Sun; place: CameraPlace }) {
  const { t } = useTranslation('time');
  const at = (degrees: number, far: number): [number, number] => [
    MIDDLE + far * Math.sin((degrees * Math.PI) / 180),
    MIDDLE - far * Math.cos((degrees * Math.PI) / 180),
  ];
  const isUp = sun.elevationDeg > 0;
  const [sunX, sunY] = at(sun.azimuthDeg, REACH);
  const [shadowX, shadowY] = at(sun.azimuthDeg + 180, REACH * 0.75);
  const fov = Math.min(359, place.fovDeg ?? 2);
  const [left, right] = [at((place.headingDeg ?? 0) - fov / 2, REACH), at((place.headingDeg ?? 0) + fov / 2, REACH)];
  return (
    <svg className={styles['compass']} viewBox="0 0 112 112" role="img" aria-label={t('sun.compass')}>
      <circle className={styles['ring']} cx={MIDDLE} cy={MIDDLE} r={REACH} />
      {['N', 'E', 'S', 'W'].map((letter, quarter) => {
        const [x, y] = at(quarter * 90, REACH + 7);
        return (
          <text key={letter} className={styles['letter']} x={x} y={y + 3} textAnchor="middle">
            {t(`sun.${letter}`)}
          </text>
        );
      })}
      {place.headingDeg === null ? null : (
        <path
          className={styles['wedge']}
          d={`M${MIDDLE} ${MIDDLE}L${left.join(' ')}A${REACH} ${REACH} 0 ${fov > 180 ? 1 : 0} 1 ${right.join(' ')}Z`}
        />
      )}
      {isUp ? <line className={styles['shadow']} x1={MIDDLE} y1={MIDDLE} x2={shadowX} y2={shadowY} /> : null}
      <circle className={styles['disc']} data-up={isUp} cx={sunX} cy={sunY} r={5} />
      <circle className={styles['dot']} cx={MIDDLE} cy={MIDDLE} r={2} />
    </svg>
  );
}

function angle(degrees: number): string {
  return `${degrees.toFixed(1)}°`;
}
