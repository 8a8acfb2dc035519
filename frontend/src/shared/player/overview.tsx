import { type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './lanes.module.css';
import { moved, type View } from './scale';
import { timecode } from './timecode';

/** Which part of the whole the lanes show; drag it, or move it with the arrows. */
export function Overview({ view, length, onMove }: { view: View; length: number; onMove: (view: View) => void }) {
  const { t } = useTranslation('player');
  const span = view.to - view.from;
  const grip = useRef(0);
  const timeUnder = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return ((event.clientX - box.left) / box.width) * length;
  };
  const put = (from: number) => onMove(moved(view, length, (from - view.from) / span));
  return (
    <div
      className={styles['overview']}
      role="slider"
      tabIndex={0}
      aria-label={t('lanes.overview')}
      aria-valuemin={0}
      aria-valuemax={Math.round((length - span) * 1000)}
      aria-valuenow={Math.round(view.from * 1000)}
      aria-valuetext={t('lanes.shown', { from: timecode(view.from), to: timecode(view.to) })}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const time = timeUnder(event);
        const isInside = time >= view.from && time <= view.to;
        grip.current = isInside ? time - view.from : span / 2;
        if (!isInside) put(time - grip.current);
      }}
      onPointerMove={(event) => {
        if (event.buttons !== 0) put(timeUnder(event) - grip.current);
      }}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -0.25, ArrowRight: 0.25, PageUp: -1, PageDown: 1 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        onMove(moved(view, length, by));
      }}
    >
      <span style={{ left: `${(view.from / length) * 100}%`, width: `${(span / length) * 100}%` }} />
    </div>
  );
}
