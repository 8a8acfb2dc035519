import { useTranslation } from 'react-i18next';

import {
  type Bound,
  drawnSpan,
  intersection,
  isOpenEarliest,
  isOpenLatest,
  shareOf,
  type Span,
} from '@/shared/lib/bounds';
import { ticks } from '@/shared/lib/bounds-zone';

import styles from './time.module.css';

const [ROW, HEAD, FOOT] = [30, 2, 20];
const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

export interface DrawnBound extends Bound {
  readonly words: string;
  readonly isAccepted: boolean;
  readonly isDraft?: boolean;
}

/** The bounds as bars under each other, and the band they leave, on one axis in the time of the place. */
export function TimeAxis({ bounds, zone, near }: { bounds: readonly DrawnBound[]; zone: string; near: boolean }) {
  const { t } = useTranslation('time');
  const left = intersection(bounds);
  const axis = drawnSpan(near && left ? [left] : bounds);
  if (!axis) return null;
  const height = HEAD + bounds.length * ROW + FOOT;
  const floor = HEAD + bounds.length * ROW;
  return (
    <svg
      className={styles['axis']}
      height={height}
      width="100%"
      role="img"
      aria-label={t('axis.label', { count: bounds.length })}
    >
      {left ? <Band span={left} axis={axis} height={floor} /> : null}
      {ticks(axis, zone).map(({ at, words }) => (
        <g key={at}>
          <line
            className={styles['tick']}
            x1={percent(shareOf(at, axis))}
            x2={percent(shareOf(at, axis))}
            y1={0}
            y2={floor + 4}
          />
          <text className={styles['tickWords']} x={percent(shareOf(at, axis))} y={height - 4} textAnchor="middle">
            {words}
          </text>
        </g>
      ))}
      {bounds.map((bound, row) => (
        <Bar key={bound.id} bound={bound} axis={axis} top={HEAD + row * ROW} />
      ))}
      <line className={styles['floor']} x1="0" x2="100%" y1={floor} y2={floor} />
    </svg>
  );
}

function Band({ span, axis, height }: { span: Span; axis: Span; height: number }) {
  const [from, to] = [shareOf(span.earliest, axis), shareOf(span.latest, axis)];
  return (
    <rect
      className={styles['band']}
      x={percent(from)}
      style={{ width: `max(2px, ${percent(to - from)})` }}
      y={0}
      height={height}
    />
  );
}

function Bar({ bound, axis, top }: { bound: DrawnBound; axis: Span; top: number }) {
  const [from, to] = [shareOf(bound.earliest, axis), shareOf(bound.latest, axis)];
  const isLeft = from < 0.6;
  return (
    <g className={styles['bar']} data-accepted={bound.isAccepted} data-draft={bound.isDraft ?? false}>
      <rect x={percent(from)} style={{ width: `max(2px, ${percent(to - from)})` }} y={top + 18} height={6} />
      {isOpenEarliest(bound) ? null : <line x1={percent(from)} x2={percent(from)} y1={top + 15} y2={top + 27} />}
      {isOpenLatest(bound) ? null : <line x1={percent(to)} x2={percent(to)} y1={top + 15} y2={top + 27} />}
      <text x={percent(isLeft ? from : to)} dx={isLeft ? 2 : -2} y={top + 12} textAnchor={isLeft ? 'start' : 'end'}>
        {bound.words}
      </text>
    </g>
  );
}
