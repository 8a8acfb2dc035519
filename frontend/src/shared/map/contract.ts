/** What a page may ask of a map, whichever way it is drawn. */

import type { ReactNode } from 'react';

import type { Box, Point } from '@/shared/lib/geo';

import type { Drawn, MapPoint } from './features';

export interface MapProps extends Drawn {
  /** What this map shows, in words: the name of its region. */
  readonly label: string;
  /** Points that are buttons; for more than some hundred take `clustered`. */
  readonly points?: readonly MapPoint[];
  /** Any number of points; those that lie close together are drawn as one with their count. */
  readonly clustered?: readonly MapPoint[];
  /** Where to look; a new box moves the map there. */
  readonly bounds?: Box | null;
  /** A click, or Enter on the cross in the middle. */
  readonly onClick?: (at: Point) => void;
  readonly onPick?: (id: string) => void;
  /** Points with these ids can be moved, by pointer or by arrow keys. */
  readonly movable?: readonly string[];
  readonly onDrag?: (id: string, to: Point) => void;
  /** What is in view, after each move. */
  readonly onMove?: (bounds: Box) => void;
  /** While true, dragging draws a rectangle. */
  readonly drawRectangle?: boolean;
  readonly onRectangle?: (box: Box) => void;
  /** Words that stand at a point, such as about what was picked. */
  readonly popup?: { readonly at: Point; readonly content: ReactNode; readonly onClose: () => void } | null;
  /** Words over the map that say what a click does now. */
  readonly hint?: string | null;
}

/** Where a point lies on the screen, in pixels of the map's box; null when it is out of sight. */
export type Project = (at: Point) => { readonly x: number; readonly y: number } | null;
export type Unproject = (x: number, y: number) => Point;
