/** Drawing a rectangle over a map; its own chunk, since only some maps need it. */

import type { Map as MapLibre } from 'maplibre-gl';
import { TerraDraw, TerraDrawRectangleMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';

import { type Box, wrapped } from '@/shared/lib/geo';

/** Lets a rectangle be drawn, by dragging or by two clicks, until the returned function is called. */
export function startRectangle(map: MapLibre, colour: string, onRectangle: (box: Box) => void): () => void {
  const hex = colour as `#${string}`;
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map }),
    modes: [
      new TerraDrawRectangleMode({
        drawInteraction: 'click-move-or-drag',
        styles: { fillColor: hex, fillOpacity: 0.15, outlineColor: hex, outlineWidth: 2 },
      }),
    ],
  });
  draw.on('finish', (id) => {
    const drawn = draw.getSnapshotFeature(id);
    draw.clear();
    if (drawn?.geometry.type !== 'Polygon') return;
    const corners = drawn.geometry.coordinates.flat();
    const [lons, lats] = [corners.map(([lon = 0]) => lon), corners.map(([, lat = 0]) => lat)];
    onRectangle({
      west: wrapped(Math.min(...lons)),
      east: wrapped(Math.max(...lons)),
      south: Math.min(...lats),
      north: Math.max(...lats),
    });
  });
  draw.start();
  draw.setMode('rectangle');
  return () => draw.stop();
}
