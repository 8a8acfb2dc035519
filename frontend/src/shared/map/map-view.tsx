import 'maplibre-gl/dist/maplibre-gl.css';

import { Button } from '@mantine/core';
import { addProtocol, type GeoJSONSource, Map as MapLibre, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { Protocol } from 'pmtiles';
import { type KeyboardEvent, useCallback, useEffect, useEffectEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Box, type Point, wrapped } from '@/shared/lib/geo';

import type { MapProps, Project, Unproject } from './contract';
import { type Drawing, drawingOf, pointsOf } from './features';
import { LayerList, nearestLon, pixelMetres, Popup, Scale, ZoomButtons } from './furniture';
import styles from './map.module.css';
import type { MapShown } from './map-query';
import { Pins } from './pins';
import { type Ground, readColours, type ShownLayer, styleOf } from './style';
import { useOwnLayers, useTheme } from './use-ground';

// Once for the page: the worker from its own address, so that the policy needs no `blob:`.
setWorkerUrl(workerUrl);
addProtocol('pmtiles', new Protocol().tile);

const EUROPE: Box = { west: 20, south: 42, east: 46, north: 56 };
const FITTING = { padding: 56, maxZoom: 14, duration: 0 } as const;
const DEEPEST = 20;

interface View {
  readonly project: Project;
  readonly unproject: Unproject;
  readonly metresPerPixel: number;
}

/** The map in WebGL. Throws where there is none. */
export function MapView(props: MapProps & { shown: MapShown | null }) {
  const { label, shown, bounds, popup, points, onPick, movable, onDrag } = props;
  const { t } = useTranslation('map');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const layers = useOwnLayers(shown?.layers ?? [], chosen);
  const drawing = useMemo(
    () => drawingOf({ circles: props.circles ?? [], wedges: props.wedges ?? [], lines: props.lines ?? [] }),
    [props.circles, props.wedges, props.lines],
  );
  const clustered = useMemo(() => pointsOf(props.clustered ?? []), [props.clustered]);
  const [map, attach] = useMap(label, bounds ?? EUROPE);
  useStyle(map, shown, layers, drawing, clustered);
  useBounds(map, bounds);
  const view = useView(map, props.onMove);
  useClicks(map, props.onClick, onPick, props.drawRectangle ?? false);
  useRectangle(map, props.drawRectangle ?? false, props.onRectangle);
  const isBroken = useTroubles(map);

  const key = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !map || !props.onClick || event.target !== map.getCanvas()) return;
    event.preventDefault();
    props.onClick(pointOf(map.getCenter()));
  };
  const attribution = [
    shown?.basemap?.attribution,
    ...(shown?.layers ?? []).filter(({ id }) => chosen.includes(id)).map((layer) => layer.attribution),
  ].filter(Boolean);
  return (
    <section className={styles['map']} aria-label={label} data-clickable={props.onClick !== undefined}>
      {/* The canvas inside takes the focus: arrows move it, plus and minus zoom, Enter means its middle. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={attach} className={styles['canvas']} onKeyDown={key} />
      <div className={styles['cross']} aria-hidden />
      {view ? (
        <>
          <Pins
            project={view.project}
            unproject={view.unproject}
            {...(points ? { points } : {})}
            {...(onPick ? { onPick } : {})}
            {...(movable ? { movable } : {})}
            {...(onDrag ? { onDrag } : {})}
          />
          {popup ? <Popup popup={popup} project={view.project} /> : null}
          <Scale metresPerPixel={view.metresPerPixel} />
        </>
      ) : null}
      <div className={styles['corner']}>
        <ZoomButtons onZoom={(by) => map?.zoomTo(map.getZoom() + by, { duration: 0 })} />
        <LayerList layers={shown?.layers ?? []} shown={chosen} onShow={setChosen} />
      </div>
      {props.drawRectangle && map ? (
        <div className={styles['hint']} role="status">
          {t('rectangle.hint')}
          <Button onClick={() => props.onRectangle?.(boxOf(map))}>{t('rectangle.view')}</Button>
        </div>
      ) : props.hint ? (
        <div className={styles['hint']} role="status">
          {props.hint}
        </div>
      ) : null}
      {isBroken ? (
        <p className={styles['trouble']} role="status">
          {t('incomplete')}
        </p>
      ) : null}
      <p className={styles['attribution']}>{attribution.join(' · ')}</p>
    </section>
  );
}

/** One map for the life of the component, made in the box that takes the returned reference. */
function useMap(label: string, start: Box): [MapLibre | null, (box: HTMLElement | null) => (() => void) | undefined] {
  const { t } = useTranslation('map');
  const [map, setMap] = useState<MapLibre | null>(null);
  const [first] = useState({ bounds: cornersOf(start), words: `${label}. ${t('canvas')}` });
  const attach = useCallback(
    (box: HTMLElement | null) => {
      if (!box) return undefined;
      // Without WebGL this throws, and the boundary above draws an outline instead.
      const made = new MapLibre({
        container: box,
        bounds: first.bounds,
        fitBoundsOptions: FITTING,
        maxZoom: DEEPEST,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        maxPitch: 0,
        fadeDuration: 0,
        attributionControl: false,
        locale: { 'Map.Title': first.words },
      });
      made.touchZoomRotate.disableRotation();
      made.keyboard.disableRotation();
      setMap(made);
      return () => {
        setMap(null);
        made.remove();
      };
    },
    [first],
  );
  return [map, attach];
}

/** Keeps the style with the theme, the layers and what is drawn. */
function useStyle(
  map: MapLibre | null,
  shown: MapShown | null,
  layers: readonly ShownLayer[],
  drawing: Drawing,
  clustered: Drawing,
): void {
  const theme = useTheme();
  const ground = useMemo(() => ({ tiles: shown?.basemap?.tiles ?? null, land: shown?.land ?? null }), [shown]);
  const restyle = useEffectEvent(
    (target: MapLibre, look: 'dark' | 'light', under: Ground, above: readonly ShownLayer[]) =>
      target.setStyle(styleOf(readColours(look), under, above, drawing, clustered)),
  );
  useEffect(() => {
    if (map) restyle(map, theme, ground, layers);
  }, [map, theme, ground, layers]);
  useEffect(() => {
    const draw = () => (map?.getSource('drawing') as GeoJSONSource | undefined)?.setData(drawing);
    draw();
    map?.on('style.load', draw);
    return () => void map?.off('style.load', draw);
  }, [map, drawing]);
  useEffect(() => {
    const draw = () => (map?.getSource('points') as GeoJSONSource | undefined)?.setData(clustered);
    draw();
    map?.on('style.load', draw);
    return () => void map?.off('style.load', draw);
  }, [map, clustered]);
}

/** Moves to a new box, and only to a new one: never while somebody looks around. */
function useBounds(map: MapLibre | null, bounds: Box | null | undefined): void {
  const wanted = bounds ? [bounds.west, bounds.south, bounds.east, bounds.north].join(',') : '';
  useEffect(() => {
    const [west, south, east, north] = wanted.split(',').map(Number);
    if (!map || west === undefined || south === undefined || east === undefined || north === undefined) return;
    map.fitBounds(cornersOf({ west, south, east, north }), FITTING);
  }, [map, wanted]);
}

/** Where things are on the screen, anew after each move. */
function useView(map: MapLibre | null, onMove: MapProps['onMove']): View | null {
  const [view, setView] = useState<View | null>(null);
  const told = useEffectEvent((target: MapLibre) => onMove?.(boxOf(target)));
  useEffect(() => {
    if (!map) return undefined;
    const look = () => setView(viewOf(map));
    const tell = () => told(map);
    look();
    const listening = [map.on('move', look), map.on('resize', look), map.on('moveend', tell)];
    return () => listening.forEach((one) => one.unsubscribe());
  }, [map]);
  return view;
}

function viewOf(map: MapLibre): View {
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const middle = map.getCenter().lng;
  const unproject: Unproject = (x, y) => pointOf(map.unproject([x, y]));
  return {
    project: (at) => {
      const { x, y } = map.project([nearestLon(at, middle), at.lat]);
      return x < -40 || y < -40 || x > width + 40 || y > height + 40 ? null : { x, y };
    },
    unproject,
    metresPerPixel: pixelMetres(unproject, width / 2, height / 2),
  };
}

/** A click opens a cluster, picks a point of it, or means the place itself. */
function useClicks(
  map: MapLibre | null,
  onClick: MapProps['onClick'],
  onPick: MapProps['onPick'],
  isDrawing: boolean,
): void {
  const clicked = useEffectEvent(async (target: MapLibre, at: Point, x: number, y: number) => {
    if (isDrawing) return;
    const [found] = target.queryRenderedFeatures([x, y], { layers: ['clusters', 'single-points'] });
    const cluster: unknown = found?.properties['cluster_id'];
    const id: unknown = found?.properties['id'];
    if (typeof cluster === 'number') {
      const zoom = await (target.getSource('points') as GeoJSONSource).getClusterExpansionZoom(cluster);
      target.easeTo({ center: [at.lon, at.lat], zoom, duration: 120 });
    } else if (typeof id === 'string' && onPick) onPick(id);
    else onClick?.(at);
  });
  useEffect(() => {
    if (!map) return undefined;
    const click = map.on('click', ({ lngLat, point }) => void clicked(map, pointOf(lngLat), point.x, point.y));
    return () => click.unsubscribe();
  }, [map]);
}

function useRectangle(map: MapLibre | null, isOn: boolean, onRectangle: MapProps['onRectangle']): void {
  const drawn = useEffectEvent((box: Box) => onRectangle?.(box));
  useEffect(() => {
    if (!map || !isOn) return undefined;
    let stop: (() => void) | null = null;
    let isOver = false;
    const start = async () => {
      const { startRectangle } = await import('./rectangle');
      // A drawing begun before the style is there would be lost with it.
      if (!map.isStyleLoaded()) await map.once('idle');
      if (!isOver) stop = startRectangle(map, readColours('dark').accent, drawn);
    };
    void start();
    return () => {
      isOver = true;
      stop?.();
    };
  }, [map, isOn]);
}

/** Whether some part of the map could not be had. */
function useTroubles(map: MapLibre | null): boolean {
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const failed = map?.on('error', () => setBroken(true));
    const drawn = map?.on('idle', () => map.getContainer().setAttribute('data-idle', 'true'));
    return () => {
      failed?.unsubscribe();
      drawn?.unsubscribe();
    };
  }, [map]);
  return isBroken;
}

function cornersOf({ west, south, east, north }: Box): [[number, number], [number, number]] {
  return [
    [west, south],
    [east < west ? east + 360 : east, north],
  ];
}

function pointOf({ lng, lat }: { lng: number; lat: number }): Point {
  return { lat: Math.max(-90, Math.min(90, lat)), lon: wrapped(lng) };
}

function boxOf(map: MapLibre): Box {
  const around = map.getBounds();
  const [west, east] = [around.getWest(), around.getEast()];
  const lats = { south: Math.max(-90, around.getSouth()), north: Math.min(90, around.getNorth()) };
  return east - west >= 360
    ? { west: -180, east: 180, ...lats }
    : { west: wrapped(west), east: wrapped(east), ...lats };
}
