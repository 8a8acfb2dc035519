import { useComputedColorScheme } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { PMTiles, TileType } from 'pmtiles';
import { useMemo } from 'react';

import type { Layer } from './map-query';
import type { ShownLayer } from './style';

/** Dark or light, as it is now. */
export function useTheme(): 'dark' | 'light' {
  return useComputedColorScheme('dark');
}

/** The chosen layers whose files have told what they are; a layer nobody chose is not even asked. */
export function useOwnLayers(layers: readonly Layer[], chosen: readonly string[]): readonly ShownLayer[] {
  const asked = layers.filter(({ id }) => chosen.includes(id));
  const told = useQueries({
    queries: asked.map((layer) => ({
      queryKey: ['map', 'layer', layer.id, layer.tiles],
      queryFn: () => readLayer(layer),
      staleTime: Infinity,
    })),
    combine: (answers) => answers.flatMap(({ data }) => (data ? [data] : [])),
  });
  return useMemo(() => told, [told]);
}

async function readLayer(layer: Layer): Promise<ShownLayer> {
  const file = new PMTiles(`${window.location.origin}${layer.tiles}`);
  const header = await file.getHeader();
  const isVector = header.tileType === TileType.Mvt;
  return {
    id: layer.id,
    tiles: layer.tiles,
    minZoom: layer.min_zoom,
    maxZoom: layer.max_zoom,
    vector: isVector ? namesOf(await file.getMetadata()) : null,
  };
}

/** The names of a vector file's layers (PMTiles specification version 3, section 5.2). */
function namesOf(metadata: unknown): string[] {
  const listed: unknown = metadata && typeof metadata === 'object' ? Reflect.get(metadata, 'vector_layers') : null;
  if (!Array.isArray(listed)) return [];
  return listed.flatMap((one: unknown) => {
    const id: unknown = one && typeof one === 'object' ? Reflect.get(one, 'id') : null;
    return typeof id === 'string' ? [id] : [];
  });
}
