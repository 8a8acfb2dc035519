/* oxlint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions -- a map takes the focus and its own keys, which is what the role `application` says */
import { useQuery } from '@tanstack/react-query';
import type { FeatureCollection, Geometry, Position } from 'geojson';
import { type KeyboardEvent, type PointerEvent, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesAt } from '@/api/client';
import { type Box, type Point, wrapped } from '@/shared/lib/geo';

import type { MapProps, Project, Unproject } from './contract';
import { drawingOf } from './features';
import { nearestLon, pixelMetres, Popup, Scale, ZoomButtons } from './furniture';
import styles from './map.module.css';
import type { MapShown } from './map-query';
import { Pins } from './pins';

/** What is looked at: the middle, and how many degrees of longitude the width holds. */
interface Window {
  readonly lat: number;
  readonly lon: number;
  readonly width: number;
}

const EUROPE: Window = { lat: 49, lon: 33, width: 40 };
const [NARROWEST, WIDEST] = [0.02, 360];
const DRAG_PX = 4;
/** More buttons than this help nobody; a list does. */
const MOST_PINS = 300;

/** An outline of the world without WebGL: less beautiful, as exact, and as usable by keyboard. */
export function FlatMap(props: MapProps & { shown: MapShown | null; reason: 'no_webgl' | 'failed' }) {
  const { t } = useTranslation('map');
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const [window, setWindow] = useLookingAt(props.bounds);
  const land = useLand(props.shown?.land ?? null);
  const view = viewOf(window, size);
  const drawing = drawingOf({ circles: props.circles ?? [], wedges: props.wedges ?? [], lines: props.lines ?? [] });
  const points = [...(props.points ?? []), ...(props.clustered ?? [])];
  useTellMoves(window, size, props.onMove);
  const drag = useDrag(window, setWindow, view, (at) => {
    if (!props.drawRectangle) props.onClick?.(at);
  });
  const zoom = (by: number) =>
    setWindow({ ...window, width: Math.min(WIDEST, Math.max(NARROWEST, window.width / 2 ** by)) });
  const key = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const next = movedByKey(event.key, window);
    if (next) setWindow(next);
    else if (event.key === '+' || event.key === '=') zoom(1);
    else if (event.key === '-') zoom(-1);
    else if (event.key === 'Enter') props.onClick?.(window);
    else return;
    event.preventDefault();
  };
  return (
    <section className={styles['map']} aria-label={props.label} data-clickable={props.onClick !== undefined}>
      <div
        ref={frame}
        className={styles['canvas']}
        role="application"
        tabIndex={0}
        aria-label={t('canvas')}
        onKeyDown={key}
        {...drag}
      >
        <svg className={styles['flat']} viewBox={view.viewBox} preserveAspectRatio="none" aria-hidden>
          {/* A neighbour on each side, so that nothing ends at the antimeridian. */}
          {[-360, 0, 360].map((turn) => (
            <g key={turn} transform={`translate(${turn} 0)`}>
              <path className={styles['land']} d={land.land} />
              <path className={styles['border']} d={land.border} />
              <path className={styles['border']} d={land.disputed} data-disputed />
            </g>
          ))}
          {drawing.features.map((feature, n) => (
            <path
              // The order of what is drawn is its identity.
              // oxlint-disable-next-line react/no-array-index-key
              key={n}
              className={styles['drawn']}
              data-hue={String(feature.properties?.['hue'])}
              data-part={String(feature.properties?.['part'])}
              d={pathOf(feature.geometry)}
              transform={`translate(${360 * Math.round((window.lon - (firstLon(feature.geometry) ?? window.lon)) / 360)} 0)`}
            />
          ))}
        </svg>
      </div>
      <div className={styles['cross']} aria-hidden />
      {size ? (
        <>
          <Pins
            project={view.project}
            unproject={view.unproject}
            points={points.slice(0, MOST_PINS)}
            {...(props.onPick ? { onPick: props.onPick } : {})}
            {...(props.movable ? { movable: props.movable } : {})}
            {...(props.onDrag ? { onDrag: props.onDrag } : {})}
          />
          {props.popup ? <Popup popup={props.popup} project={view.project} /> : null}
          <Scale metresPerPixel={pixelMetres(view.unproject, size.width / 2, size.height / 2)} />
        </>
      ) : null}
      <div className={styles['corner']}>
        <ZoomButtons onZoom={zoom} />
      </div>
      <div className={styles['hint']} role="status">
        {props.hint ?? t(props.reason === 'no_webgl' ? 'flat.noWebgl' : 'flat.failed')}
        {props.drawRectangle ? (
          <button type="button" className={styles['plain']} onClick={() => props.onRectangle?.(boxOf(window, size))}>
            {t('rectangle.view')}
          </button>
        ) : null}
      </div>
      <p className={styles['attribution']}>{props.shown?.basemap?.attribution}</p>
    </section>
  );
}

type Size = { readonly width: number; readonly height: number } | null;

function useSize(frame: React.RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>(null);
  useEffect(() => {
    const box = frame.current;
    if (!box) return undefined;
    const measure = () => setSize({ width: box.clientWidth || 1, height: box.clientHeight || 1 });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [frame]);
  return size;
}

/** The window, moved to a new box whenever one is asked for. */
function useLookingAt(bounds: Box | null | undefined): [Window, (window: Window) => void] {
  const wanted = bounds ? JSON.stringify(bounds) : '';
  const [state, setState] = useState<{ window: Window; wanted: string }>({
    window: bounds ? windowOf(bounds) : EUROPE,
    wanted,
  });
  const isNew = bounds && state.wanted !== wanted;
  const window = isNew ? windowOf(bounds) : state.window;
  return [window, (next) => setState({ window: next, wanted })];
}

function windowOf({ west, south, east, north }: Box): Window {
  const width = east < west ? east + 360 - west : east - west;
  const lat = (south + north) / 2;
  const high = (north - south) / Math.max(0.1, Math.cos((lat * Math.PI) / 180));
  return {
    lat,
    lon: wrapped(west + width / 2),
    width: Math.min(WIDEST, Math.max(0.05, width * 1.4, high * 2)),
  };
}

/** Degrees are drawn as long as they are in the middle of the window. */
function viewOf(window: Window, size: Size): { viewBox: string; project: Project; unproject: Unproject } {
  const { width: across, height: down } = size ?? { width: 3, height: 2 };
  const high = window.width * (down / across) * Math.max(0.05, Math.cos((window.lat * Math.PI) / 180));
  const [left, top] = [window.lon - window.width / 2, -window.lat - high / 2];
  return {
    viewBox: `${left} ${top} ${window.width} ${high}`,
    project: (at) => {
      const x = ((nearestLon(at, window.lon) - left) / window.width) * across;
      const y = ((-at.lat - top) / high) * down;
      return x < -40 || y < -40 || x > across + 40 || y > down + 40 ? null : { x, y };
    },
    unproject: (x, y) => ({
      lat: Math.max(-90, Math.min(90, -(top + (y / down) * high))),
      lon: wrapped(left + (x / across) * window.width),
    }),
  };
}

function boxOf(window: Window, size: Size): Box {
  const { unproject } = viewOf(window, size);
  const [first, last] = [unproject(0, 0), unproject(size?.width ?? 3, size?.height ?? 2)];
  const isAll = window.width >= 360;
  return { west: isAll ? -180 : first.lon, east: isAll ? 180 : last.lon, south: last.lat, north: first.lat };
}

function useTellMoves(window: Window, size: Size, onMove: MapProps['onMove']): void {
  const tell = useEffectEvent((box: Box) => onMove?.(box));
  const seen = size ? JSON.stringify(boxOf(window, size)) : '';
  useEffect(() => {
    if (seen) tell(JSON.parse(seen) as Box);
  }, [seen]);
}

function movedByKey(key: string, window: Window): Window | null {
  const step = window.width / 8;
  const at = (lon: number, lat: number): Window => ({
    ...window,
    lon: wrapped(window.lon + lon * step),
    lat: Math.max(-85, Math.min(85, window.lat + lat * step)),
  });
  switch (key) {
    case 'ArrowLeft':
      return at(-1, 0);
    case 'ArrowRight':
      return at(1, 0);
    case 'ArrowUp':
      return at(0, 1);
    case 'ArrowDown':
      return at(0, -1);
    default:
      return null;
  }
}

/** Dragging moves the window; letting go where one pressed is a click. */
function useDrag(
  window: Window,
  setWindow: (window: Window) => void,
  view: { unproject: Unproject },
  onClick: (at: Point) => void,
) {
  const [grip, setGrip] = useState<{ x: number; y: number; window: Window; unproject: Unproject } | null>(null);
  const place = (event: PointerEvent<HTMLElement>): [number, number] => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      const [x, y] = place(event);
      setGrip({ x, y, window, unproject: view.unproject });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (!grip) return;
      const [x, y] = place(event);
      if (Math.hypot(x - grip.x, y - grip.y) < DRAG_PX) return;
      const [from, to] = [grip.unproject(grip.x, grip.y), grip.unproject(x, y)];
      setWindow({
        ...grip.window,
        lon: wrapped(grip.window.lon + from.lon - to.lon),
        lat: Math.max(-85, Math.min(85, grip.window.lat + from.lat - to.lat)),
      });
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (!grip) return;
      const [x, y] = place(event);
      setGrip(null);
      if (Math.hypot(x - grip.x, y - grip.y) < DRAG_PX) onClick(view.unproject(x, y));
    },
    onPointerLeave: () => setGrip(null),
  };
}

type Outline = { readonly land: string; readonly border: string; readonly disputed: string };
const NOTHING: Outline = { land: '', border: '', disputed: '' };

function useLand(address: string | null): Outline {
  const { data } = useQuery({
    queryKey: ['map', 'land', address],
    enabled: address !== null,
    staleTime: Infinity,
    queryFn: async ({ signal }) =>
      JSON.parse(new TextDecoder().decode(await bytesAt(address ?? '', signal))) as FeatureCollection,
  });
  return useMemo(() => {
    const path = (kind: string) => {
      const found = data?.features.find((feature) => feature.properties?.['kind'] === kind);
      return found ? pathOf(found.geometry) : '';
    };
    return data ? { land: path('land'), border: path('border'), disputed: path('disputed') } : NOTHING;
  }, [data]);
}

/** A geometry as an SVG path: x is the longitude, y the latitude downwards. */
export function pathOf(geometry: Geometry): string {
  const line = (positions: Position[], close: boolean) =>
    `M${positions.map(([lon = 0, lat = 0]) => `${lon} ${-lat}`).join('L')}${close ? 'Z' : ''}`;
  switch (geometry.type) {
    case 'LineString':
      return line(geometry.coordinates, false);
    case 'MultiLineString':
      return geometry.coordinates.map((part) => line(part, false)).join('');
    case 'Polygon':
      return geometry.coordinates.map((ring) => line(ring, true)).join('');
    case 'MultiPolygon':
      return geometry.coordinates.flatMap((polygon) => polygon.map((ring) => line(ring, true))).join('');
    default:
      return '';
  }
}

function firstLon(geometry: Geometry): number | undefined {
  if (geometry.type === 'LineString') return geometry.coordinates[0]?.[0];
  return geometry.type === 'Polygon' ? geometry.coordinates[0]?.[0]?.[0] : undefined;
}
