import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { PlayerState } from './contract';
import type { Line } from './lane-rows';
import styles from './lanes.module.css';
import { shareOf, timeAtShare } from './scale';
import { copyFor } from './shields';
import { placeOf } from './shown';
import { type Sprite, Tile } from './tile';
import { timecode } from './timecode';
import { usePart } from './use-part';

const markOf = (state: PlayerState) => state.mark;
const shieldOf = (state: PlayerState) => state.shield;

function pointed(event: PointerEvent, element: Element): number {
  const box = element.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
}

/** How many frames a key moves; null for other keys. */
function keyed(event: KeyboardEvent, frames: number): number | null {
  const by: Record<string, number> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
    Home: -frames,
    End: frames,
  };
  const step = by[event.key];
  return step === undefined || event.ctrlKey || event.metaKey ? null : event.shiftKey ? step * 10 : step;
}

/** Moves the playhead by pointer, touch and key, and shows a small shielded picture of where the pointer is. */
export function Scrubber({
  player,
  view,
  sprite,
  startS,
  zoom,
}: Line & { sprite: Sprite | null; startS: number; zoom: (factor: number, share: number) => void }) {
  const { t } = useTranslation('player');
  const frame = usePart(player, placeOf);
  const [hover, setHover] = useState<number | null>(null);
  const touches = useRef(new Map<number, number>());
  const go = (share: number) => player.seek(player.frameSince(timeAtShare(view, share)));
  const move = (event: PointerEvent<HTMLElement>) => {
    const share = pointed(event, event.currentTarget);
    setHover(share);
    const other = [...touches.current].find(([pointer]) => pointer !== event.pointerId)?.[1];
    const before = touches.current.get(event.pointerId);
    if (before !== undefined) touches.current.set(event.pointerId, share);
    if (other !== undefined && before !== undefined) {
      const [was, is] = [Math.abs(before - other), Math.abs(share - other)];
      if (was > 0.01 && is > 0.01) zoom(was / is, (share + other) / 2);
    } else if (before !== undefined) go(share);
  };
  const leave = (event: PointerEvent) => {
    touches.current.delete(event.pointerId);
    setHover(null);
  };
  return (
    <>
      <div
        className={styles['scrubber']}
        role="slider"
        tabIndex={0}
        aria-label={t('lanes.playhead')}
        aria-valuemin={0}
        aria-valuemax={player.frames - 1}
        aria-valuenow={frame}
        aria-valuetext={t('lanes.at', { timecode: timecode(player.timeOf(frame)), frame })}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          touches.current.set(event.pointerId, pointed(event, event.currentTarget));
          if (touches.current.size === 1) go(pointed(event, event.currentTarget));
        }}
        onPointerMove={move}
        onPointerUp={(event) => touches.current.delete(event.pointerId)}
        onPointerCancel={leave}
        onPointerLeave={leave}
        onKeyDown={(event) => {
          const by = keyed(event, player.frames);
          if (by !== null) player.step(by);
          else if (event.key === ' ') player.toggle();
          else return;
          event.preventDefault();
        }}
      />
      {hover === null ? null : <Preview player={player} view={view} sprite={sprite} startS={startS} share={hover} />}
    </>
  );
}

/** The tile for the moment under the pointer; it loads with the first hover. */
function Preview({
  player,
  view,
  sprite,
  startS,
  share,
}: Line & { sprite: Sprite | null; startS: number; share: number }) {
  const { t } = useTranslation('player');
  const shield = usePart(player, shieldOf);
  const frame = player.frameSince(timeAtShare(view, share));
  const address = sprite ? copyFor(sprite.content, shield) : null;
  return (
    <div className={styles['preview']} style={{ '--share': share }} aria-hidden="true">
      {sprite && address ? (
        <Tile sprite={sprite} address={address} number={tileAt(sprite, startS + player.since(frame))} />
      ) : null}
      <span>{t('lanes.at', { timecode: timecode(player.timeOf(frame)), frame })}</span>
    </div>
  );
}

/** Which small picture stands for a moment; a hair later, since the times are rounded. */
function tileAt(sprite: Sprite, at: number): number {
  return Math.max(
    0,
    sprite.times_s.findLastIndex((one) => one <= at + 0.001),
  );
}

/** Where the frame on the screen stands. */
export function Playhead({ player, view }: Line) {
  const frame = usePart(player, placeOf);
  const share = shareOf(view, player.since(frame));
  return share < 0 || share > 1 ? null : (
    <span className={styles['playhead']} style={{ left: `${share * 100}%` }} aria-hidden="true" />
  );
}

/** The marked span over all lanes, with ends to drag. */
export function MarkBand({ player, view }: Line) {
  const mark = usePart(player, markOf);
  if (!mark) return null;
  const begin = shareOf(view, player.since(mark.from));
  const end = shareOf(view, mark.to + 1 < player.frames ? player.since(mark.to + 1) : player.length);
  const [left, right] = [Math.max(0, begin), Math.min(1, end)];
  return (
    <>
      {right > left ? (
        <span
          className={styles['mark']}
          style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
          aria-hidden="true"
        />
      ) : null}
      <MarkEnd player={player} view={view} share={begin} end="from" />
      <MarkEnd player={player} view={view} share={end} end="to" />
    </>
  );
}

function MarkEnd({ player, view, share, end }: Line & { share: number; end: 'from' | 'to' }) {
  const { t } = useTranslation('player');
  const mark = usePart(player, markOf);
  if (!mark || share < 0 || share > 1) return null;
  const frame = mark[end];
  const put = (wanted: number) => {
    const to = end === 'from' ? Math.min(wanted, mark.to) : Math.max(wanted, mark.from);
    player.setMark({ ...mark, [end]: to });
  };
  return (
    <div
      className={styles['end']}
      data-end={end}
      style={{ left: `${share * 100}%` }}
      role="slider"
      tabIndex={0}
      aria-label={t(end === 'from' ? 'lanes.markFrom' : 'lanes.markTo')}
      aria-valuemin={0}
      aria-valuemax={player.frames - 1}
      aria-valuenow={frame}
      aria-valuetext={t('lanes.at', { timecode: timecode(player.timeOf(frame)), frame })}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const track = event.currentTarget.parentElement;
        if (event.buttons === 0 || !track) return;
        // The far edge belongs to the last frame inside.
        put(player.frameSince(timeAtShare(view, pointed(event, track))) - (end === 'to' ? 1 : 0));
      }}
      onKeyDown={(event) => {
        const by = keyed(event, player.frames);
        if (by === null) return;
        event.preventDefault();
        put(frame + by);
      }}
    />
  );
}
