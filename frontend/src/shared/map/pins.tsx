import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import { formatPoint, type Point } from '@/shared/lib/geo';

import type { MapProps, Project, Unproject } from './contract';
import type { MapPoint } from './features';
import styles from './map.module.css';

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Less than this is a click with an unsteady hand. */
const DRAG_PX = 4;

type Props = Pick<MapProps, 'points' | 'onPick' | 'movable' | 'onDrag'> & {
  readonly project: Project;
  readonly unproject: Unproject;
};

/** The points of a map as buttons over it: they take the focus, and the movable ones follow pointer and arrow keys. */
export function Pins({ points = [], onPick, movable = [], onDrag, project, unproject }: Props) {
  return (
    <div className={styles['pins']}>
      {points.map((point) => {
        const place = project(point.at);
        return place ? (
          <Pin
            key={point.id}
            point={point}
            {...place}
            unproject={unproject}
            {...(onPick ? { onPick } : {})}
            {...(onDrag && movable.includes(point.id) ? { onDrag } : {})}
          />
        ) : null;
      })}
    </div>
  );
}

interface PinProps {
  readonly point: MapPoint;
  readonly x: number;
  readonly y: number;
  readonly onPick?: (id: string) => void;
  readonly onDrag?: (id: string, to: Point) => void;
  readonly unproject: Unproject;
}

function Pin({ point, x, y, onPick, onDrag, unproject }: PinProps) {
  const { t } = useTranslation('map');
  const held = useRef<{ dx: number; dy: number; fromX: number; fromY: number; isMoving: boolean } | null>(null);
  // A click that ends a drag means nothing more.
  const hasMoved = useRef(false);
  const down = (event: PointerEvent<HTMLButtonElement>) => {
    if (!onDrag || event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    held.current = {
      dx: x - event.clientX,
      dy: y - event.clientY,
      fromX: event.clientX,
      fromY: event.clientY,
      isMoving: false,
    };
  };
  const move = (event: PointerEvent<HTMLButtonElement>) => {
    const grip = held.current;
    if (!grip || !onDrag) return;
    grip.isMoving ||= Math.hypot(event.clientX - grip.fromX, event.clientY - grip.fromY) >= DRAG_PX;
    if (grip.isMoving) onDrag(point.id, unproject(event.clientX + grip.dx, event.clientY + grip.dy));
  };
  const up = () => {
    hasMoved.current = held.current?.isMoving ?? false;
    held.current = null;
  };
  const key = (event: KeyboardEvent<HTMLButtonElement>) => {
    const arrow = ARROWS[event.key];
    if (!arrow || !onDrag) return;
    event.preventDefault();
    event.stopPropagation();
    const step = event.shiftKey ? 10 : 1;
    onDrag(point.id, unproject(x + arrow[0] * step, y + arrow[1] * step));
  };
  const name = `${point.label}, ${formatPoint(point.at)}${onDrag ? `. ${t('movable')}` : ''}`;
  return (
    <button
      type="button"
      className={styles['pin']}
      style={{ transform: `translate(${x}px, ${y}px) translate(-50%, -50%)` }}
      data-hue={point.hue ?? 'accent'}
      data-shape={point.shape ?? 'dot'}
      data-selected={point.selected ?? false}
      data-movable={onDrag !== undefined}
      aria-label={name}
      aria-pressed={onPick && !onDrag ? (point.selected ?? false) : undefined}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={up}
      onPointerCancel={up}
      onKeyDown={key}
      onClick={(event) => {
        event.stopPropagation();
        if (!hasMoved.current) onPick?.(point.id);
        hasMoved.current = false;
      }}
    >
      <span className={styles['mark']} aria-hidden>
        {point.mark ?? ''}
      </span>
      {point.labelled ? (
        <span className={styles['tag']} aria-hidden>
          {point.label}
        </span>
      ) : null}
    </button>
  );
}
