/** The map's look: our tokens, for whichever theme is on. */

import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';

import { type Drawing, type Hue, HUES } from './features';

export interface Colours extends Record<Hue, string> {
  readonly water: string;
  readonly land: string;
  readonly bg: string;
  readonly pane: string;
  readonly line: string;
  readonly edge: string;
  readonly text: string;
}

/** The tokens as they are at this moment. Land is the lighter of two neighbouring tokens in both themes. */
export function readColours(theme: 'dark' | 'light'): Colours {
  const told = getComputedStyle(document.documentElement);
  const token = (name: string) => told.getPropertyValue(`--${name}`).trim() || '#808080';
  const names = ['bg', 'pane', 'line', 'edge', 'text', ...HUES] as const;
  const ground =
    theme === 'dark' ? { water: token('bg'), land: token('raised') } : { water: token('line'), land: token('pane') };
  return { ...ground, ...Object.fromEntries(names.map((name) => [name, token(name)])) } as Colours;
}

/** An operator's layer, with what its file says of itself. */
export interface ShownLayer {
  readonly id: string;
  readonly tiles: string;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Names of the layers in vector tiles; null for pictures. */
  readonly vector: readonly string[] | null;
}

export interface Ground {
  readonly tiles: string | null;
  readonly land: string | null;
}

const FONT = ['IBM Plex Sans Variable'];
const WHERE = 'population';

/** The whole style: ground, operator's layers, what is drawn, clustered points. */
export function styleOf(
  colours: Colours,
  ground: Ground,
  layers: readonly ShownLayer[],
  drawing: Drawing,
  points: Drawing,
): StyleSpecification {
  return {
    version: 8,
    sources: {
      ...groundSource(ground),
      ...Object.fromEntries(layers.map((layer) => [`own-${layer.id}`, ownSource(layer)])),
      drawing: { type: 'geojson', data: drawing },
      points: { type: 'geojson', data: points, cluster: true, clusterRadius: 44, clusterMaxZoom: 14 },
    },
    layers: [
      { id: 'water', type: 'background', paint: { 'background-color': colours.water } },
      ...(ground.tiles ? tiledGround(colours) : ground.land ? plainGround(colours) : []),
      ...layers.flatMap((layer) => ownLayers(colours, layer)),
      ...(ground.tiles ? labels(colours) : []),
      ...drawingLayers(colours),
      ...pointLayers(colours),
    ],
  };
}

function groundSource({ tiles, land }: Ground): Record<string, SourceSpecification> {
  if (tiles) return { base: { type: 'vector', url: `pmtiles://${window.location.origin}${tiles}` } };
  return land ? { base: { type: 'geojson', data: land } } : {};
}

function landPaint(colours: Colours): { 'fill-color': string; 'fill-outline-color': string } {
  return { 'fill-color': colours.land, 'fill-outline-color': colours.line };
}

function borderPaint(colours: Colours, isDisputed: boolean) {
  return {
    'line-color': colours.edge,
    'line-opacity': 0.75,
    'line-width': ['interpolate', ['linear'], ['zoom'], 2, 0.5, 9, 1.6],
    ...(isDisputed ? { 'line-dasharray': [3, 2] } : {}),
  } as const;
}

function tiledGround(colours: Colours): LayerSpecification[] {
  const border = (id: string, disputed: 0 | 1): LayerSpecification => ({
    id,
    type: 'line',
    source: 'base',
    'source-layer': 'borders',
    filter: ['==', ['get', 'disputed'], disputed],
    paint: borderPaint(colours, disputed === 1) as never,
  });
  return [
    { id: 'land', type: 'fill', source: 'base', 'source-layer': 'land', paint: landPaint(colours) },
    border('borders', 0),
    border('borders-disputed', 1),
  ];
}

function plainGround(colours: Colours): LayerSpecification[] {
  const border = (id: string, kind: string): LayerSpecification => ({
    id,
    type: 'line',
    source: 'base',
    filter: ['==', ['get', 'kind'], kind],
    paint: borderPaint(colours, kind === 'disputed') as never,
  });
  return [
    { id: 'land', type: 'fill', source: 'base', filter: ['==', ['get', 'kind'], 'land'], paint: landPaint(colours) },
    border('borders', 'border'),
    border('borders-disputed', 'disputed'),
  ];
}

function labels(colours: Colours): LayerSpecification[] {
  return [
    {
      id: 'places',
      type: 'circle',
      source: 'base',
      'source-layer': 'places',
      minzoom: 4,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['get', WHERE], 0, 1.2, 1_000_000, 2.6],
        'circle-color': colours.dim,
      },
    },
    {
      id: 'place-names',
      type: 'symbol',
      source: 'base',
      'source-layer': 'places',
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT,
        'text-size': ['interpolate', ['linear'], ['get', WHERE], 0, 11, 1_000_000, 13],
        'text-anchor': 'left',
        'text-offset': [0.5, 0],
        'text-padding': 6,
        'symbol-sort-key': ['-', 0, ['get', WHERE]],
      },
      paint: { 'text-color': colours.dim, 'text-halo-color': colours.land, 'text-halo-width': 1.4 },
    },
  ];
}

function ownSource(layer: ShownLayer): SourceSpecification {
  const url = `pmtiles://${window.location.origin}${layer.tiles}`;
  return layer.vector ? { type: 'vector', url } : { type: 'raster', url, tileSize: 256 };
}

function ownLayers(colours: Colours, { id, vector, minZoom }: ShownLayer): LayerSpecification[] {
  const source = `own-${id}`;
  if (!vector) return [{ id: source, type: 'raster', source, minzoom: minZoom }];
  return vector.flatMap((name): LayerSpecification[] => [
    {
      id: `${source}-${name}-area`,
      type: 'fill',
      source,
      'source-layer': name,
      minzoom: minZoom,
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': colours.dim, 'fill-opacity': 0.14 },
    },
    {
      id: `${source}-${name}-line`,
      type: 'line',
      source,
      'source-layer': name,
      minzoom: minZoom,
      paint: { 'line-color': colours.dim, 'line-width': 0.9 },
    },
    {
      id: `${source}-${name}-point`,
      type: 'circle',
      source,
      'source-layer': name,
      minzoom: minZoom,
      filter: ['==', ['geometry-type'], 'Point'],
      paint: { 'circle-color': colours.dim, 'circle-radius': 2 },
    },
  ]);
}

/** A data-driven colour: the token that each feature's `hue` names. */
function byHue(colours: Colours): never {
  return ['match', ['get', 'hue'], ...HUES.flatMap((hue) => [hue, colours[hue]]), colours.accent] as never;
}

function drawingLayers(colours: Colours): LayerSpecification[] {
  const colour = byHue(colours);
  return [
    {
      id: 'drawn-areas',
      type: 'fill',
      source: 'drawing',
      filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': colour, 'fill-opacity': ['match', ['get', 'part'], 'error', 0.09, 0.2] },
    },
    {
      id: 'drawn-lines',
      type: 'line',
      source: 'drawing',
      filter: ['!=', ['get', 'part'], 'error'],
      paint: { 'line-color': colour, 'line-width': 1.4 },
    },
    {
      id: 'drawn-errors',
      type: 'line',
      source: 'drawing',
      filter: ['==', ['get', 'part'], 'error'],
      paint: { 'line-color': colour, 'line-width': 1, 'line-dasharray': [2, 2] },
    },
  ];
}

function pointLayers(colours: Colours): LayerSpecification[] {
  return [
    {
      id: 'clusters',
      type: 'circle',
      source: 'points',
      filter: ['has', 'point_count'],
      paint: {
        'circle-color': colours.pane,
        'circle-stroke-color': colours.accent,
        'circle-stroke-width': 1.5,
        'circle-radius': ['step', ['get', 'point_count'], 13, 25, 17, 200, 22],
      },
    },
    {
      id: 'cluster-counts',
      type: 'symbol',
      source: 'points',
      filter: ['has', 'point_count'],
      layout: { 'text-field': ['get', 'point_count_abbreviated'], 'text-font': FONT, 'text-size': 12 },
      paint: { 'text-color': colours.text },
    },
    {
      id: 'single-points',
      type: 'circle',
      source: 'points',
      filter: ['!', ['has', 'point_count']],
      paint: {
        'circle-color': byHue(colours),
        'circle-stroke-color': colours.bg,
        'circle-stroke-width': 1.5,
        'circle-radius': 6,
      },
    },
  ];
}
