import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Box, boxAround } from '@/shared/lib/geo';
import { MapView } from '@/shared/map/map';
import { headlineOf } from '@/shared/records/body';

import styles from './explore.module.css';
import type { Row } from './queries';

interface Props {
  rows: readonly Row[];
  complete: boolean;
  /** The area of the filter, `minlon,minlat,maxlon,maxlat`. */
  bbox: string | null;
  chosen: string | null;
  onChoose: (pid: string) => void;
  onArea: (bbox: string) => void;
  onMore: () => void;
}

/** The found records on a map, each place as far as it may reach; those without a place stand beside it. */
export function RecordsMap({ rows, complete, bbox, chosen, onChoose, onArea, onMore }: Props) {
  const { t } = useTranslation('explore');
  const [view, setView] = useState<Box | null>(null);
  const [moves, setMoves] = useState(0);
  const [drawing, setDrawing] = useState(false);
  const { places, lost } = useMemo(() => split(rows), [rows]);
  // The same points stay the same: a move of the map draws nothing anew.
  const points = useMemo(
    () =>
      places.map(({ row, place, id }) => ({
        id,
        at: place,
        label: headlineOf(row.read) ?? t('noSummary'),
        hue: 'accent' as const,
        selected: row.record.pid === chosen,
      })),
    [places, chosen, t],
  );
  const circles = useMemo(
    () => places.map(({ place, id }) => ({ id, at: place, radiusM: place.radiusM, hue: 'accent' as const })),
    [places],
  );
  const bounds = useMemo(
    () => (bbox ? boxOf(bbox) : roomy(boxAround(places.map(({ place }) => place)))),
    [bbox, places],
  );
  return (
    <div className={styles['mapFace']}>
      <div className={styles['map']}>
        <MapView
          label={t('map')}
          bounds={bounds}
          clustered={points}
          circles={circles}
          onPick={(id) => onChoose(id.split('/')[0] ?? id)}
          onMove={(box) => {
            setView(box);
            setMoves((count) => count + 1);
          }}
          drawRectangle={drawing}
          onRectangle={(box) => {
            setDrawing(false);
            onArea(written(box));
          }}
          hint={drawing ? t('drawHint') : null}
        />
      </div>
      <section className={styles['lane']} aria-label={t('area')}>
        <div className={styles['laneTools']}>
          <Button disabled={!view || moves < 2} onClick={() => view && onArea(written(view))}>
            {t('searchHere')}
          </Button>
          <Button aria-pressed={drawing} onClick={() => setDrawing(!drawing)}>
            {drawing ? t('drawStop') : t('draw')}
          </Button>
        </div>
        {complete ? null : (
          <p>
            {t('partly', { count: rows.length })}{' '}
            <button type="button" className={styles['plain']} onClick={onMore}>
              {t('more')}
            </button>
          </p>
        )}
        <h2>{t('withoutPlace', { count: lost.length })}</h2>
        {bbox ? <p>{t('withoutPlaceFiltered')}</p> : null}
        <ul>
          {lost.map(({ record, read }) => (
            <li key={record.pid}>
              <button type="button" aria-pressed={record.pid === chosen} onClick={() => onChoose(record.pid)}>
                {headlineOf(read) ?? t('noSummary')}
              </button>
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function split(rows: readonly Row[]) {
  return {
    places: rows.flatMap((row) =>
      row.read.places.map((place) => ({ row, place, id: `${row.record.pid}/${place.assertion}` })),
    ),
    lost: rows.filter((row) => row.read.places.length === 0),
  };
}

/** A box as addresses hold it; five decimals are a metre. */
export function written({ west, south, east, north }: Box): string {
  const lat = (degrees: number) => Math.min(90, Math.max(-90, degrees));
  const lon = (degrees: number) =>
    degrees >= -180 && degrees <= 180 ? degrees : ((((degrees + 180) % 360) + 360) % 360) - 180;
  const all = east - west >= 360;
  return [all ? -180 : lon(west), lat(south), all ? 180 : lon(east), lat(north)]
    .map((degrees) => Number(degrees.toFixed(5)))
    .join(',');
}

function boxOf(bbox: string): Box {
  const [west = -180, south = -90, east = 180, north = 90] = bbox.split(',').map(Number);
  return { west, south, east, north };
}

function roomy(box: Box | null): Box | null {
  if (!box) return null;
  const room = Math.max(1.5, (box.north - box.south) * 0.2);
  return {
    west: Math.max(-180, box.west - room),
    east: Math.min(180, box.east + room),
    south: Math.max(-85, box.south - room),
    north: Math.min(85, box.north + room),
  };
}
