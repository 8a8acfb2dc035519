import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { Player, PlayerState, Region } from './contract';
import { nudged, regionBetween, regionText } from './fragments';
import styles from './regions.module.css';
import { shownFrame } from './shown';
import { hueOf, kindOf, type Span } from './spans';
import { usePart } from './use-part';

/** Regions belong to the picture that is seen; while a frame is on its way, to that frame. */
const pictureOf = (state: PlayerState) => shownFrame(state) ?? (state.begun ? state.frame : null);
const regionOf = (state: PlayerState) => state.region;
const drawingOf = (state: PlayerState) => state.drawing;
const MIDDLE: Region = { x: 30, y: 30, w: 40, h: 40 };
const CORNERS = ['nw', 'ne', 'sw', 'se'] as const;
type Corner = (typeof CORNERS)[number];

const placed = ({ x, y, w, h }: Region) => ({ left: `${x}%`, top: `${y}%`, width: `${w}%`, height: `${h}%` });

/** Rectangles that notes mean in the frame on the screen; lies exactly on the picture. */
export function NotedRegions(props: { player: Player; spans: readonly Span[]; onPick: (id: string) => void }) {
  const { t } = useTranslation('player');
  const frame = usePart(props.player, pictureOf);
  const drawing = usePart(props.player, drawingOf);
  const here = props.spans.filter((span) => span.region && frame !== null && span.from <= frame && frame <= span.to);
  return here.map(({ id, kind, label, region }) =>
    region ? (
      <button
        key={id}
        type="button"
        className={styles['noted']}
        data-hue={hueOf(kind)}
        data-asleep={drawing}
        style={placed(region)}
        onClick={() => props.onPick(id)}
        aria-label={t('spans.region', { kind: t(`kinds.${kindOf(kind)}.name`), label })}
      >
        <span aria-hidden="true">{t(`kinds.${kindOf(kind)}.letter`)}</span>
      </button>
    ) : null,
  );
}

/** The rectangle somebody marks: drawn with a pointer, moved and sized also by keys. */
export function MarkedRegion({ player }: { player: Player }) {
  const region = usePart(player, regionOf);
  const drawing = usePart(player, drawingOf);
  return (
    <>
      {drawing ? <Canvas player={player} /> : null}
      {region ? <Frame player={player} region={region} /> : null}
    </>
  );
}

/** The point of the picture under the pointer, in percent; the layer may be zoomed. */
function pointOf(event: PointerEvent, layer: Element): { x: number; y: number } {
  const box = layer.getBoundingClientRect();
  return { x: ((event.clientX - box.left) / box.width) * 100, y: ((event.clientY - box.top) / box.height) * 100 };
}

function Canvas({ player }: { player: Player }) {
  const { t } = useTranslation('player');
  const corner = useRef<{ x: number; y: number } | null>(null);
  const drag = (event: PointerEvent<HTMLElement>) => {
    if (corner.current) player.setRegion(regionBetween(corner.current, pointOf(event, event.currentTarget)));
  };
  return (
    <button
      type="button"
      // Drawing was asked for by a key or a button: the next key belongs to it.
      ref={(button) => button?.focus({ preventScroll: true })}
      className={styles['canvas']}
      aria-label={t('region.draw')}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        corner.current = pointOf(event, event.currentTarget);
      }}
      onPointerMove={drag}
      onPointerUp={(event) => {
        drag(event);
        corner.current = null;
        if (player.state().region) player.setDrawing(false);
      }}
      onPointerCancel={() => {
        corner.current = null;
      }}
      onClick={(event) => {
        // A click without a pointer comes from Enter or Space.
        if (event.detail !== 0) return;
        player.setRegion(player.state().region ?? MIDDLE);
        player.setDrawing(false);
      }}
    />
  );
}

function Frame({ player, region }: { player: Player; region: Region }) {
  const { t } = useTranslation('player');
  const press = (event: KeyboardEvent) => {
    const next = keyed(event, region);
    if (next === undefined) return;
    event.preventDefault();
    player.setRegion(next);
  };
  return (
    <div className={styles['frame']} style={placed(region)}>
      <button
        type="button"
        className={styles['body']}
        aria-label={t('region.marked', { region: regionText(region) })}
        title={t('region.keys')}
        onKeyDown={press}
        {...useDrag(player, (begin, by) => nudged(begin, by))}
      />
      {CORNERS.map((corner) => (
        <Handle key={corner} player={player} corner={corner} />
      ))}
    </div>
  );
}

/** Corners are for pointers; the frame itself takes the keys. */
function Handle({ player, corner }: { player: Player; corner: Corner }) {
  const drag = useDrag(player, (begin, { x, y }) => {
    const [west, north] = [corner.includes('w'), corner.includes('n')];
    const [right, bottom] = [begin.x + begin.w, begin.y + begin.h];
    return regionBetween(
      { x: west ? begin.x + x : begin.x, y: north ? begin.y + y : begin.y },
      { x: west ? right : right + x, y: north ? bottom : bottom + y },
    );
  });
  return <span className={styles['corner']} data-corner={corner} aria-hidden="true" {...drag} />;
}

/** Pointer handlers that turn a drag into a region, from the one there was at its start. */
function useDrag(player: Player, change: (begin: Region, by: { x: number; y: number }) => Region) {
  const begin = useRef<{ region: Region; x: number; y: number; layer: Element } | null>(null);
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      const { region } = player.state();
      const layer = event.currentTarget.closest('[data-picture]');
      if (!region || !layer) return;
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      begin.current = { region, layer, ...pointOf(event, layer) };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!begin.current) return;
      const { region, layer, x, y } = begin.current;
      const now = pointOf(event, layer);
      player.setRegion(change(region, { x: now.x - x, y: now.y - y }));
    },
    onPointerUp: () => {
      begin.current = null;
    },
    onPointerCancel: () => {
      begin.current = null;
    },
  };
}

/** Arrows move by one percent, with Alt by a tenth; with Shift they size. Undefined for other keys. */
function keyed(event: KeyboardEvent, region: Region): Region | null | undefined {
  if (event.key === 'Delete' || event.key === 'Backspace') return null;
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return undefined;
  const [x = 0, y = 0] = way.map((one) => one * (event.altKey ? 0.1 : 1));
  return nudged(region, event.shiftKey ? { w: x, h: y } : { x, y });
}
