import { ActionIcon, Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { distanceM, type Point } from '@/shared/lib/geo';
import { IconGrid, IconMinus, IconPlus, IconX } from '@/shared/ui/icons';

import type { MapProps, Project, Unproject } from './contract';
import styles from './map.module.css';
import type { Layer } from './map-query';

/** Nearer and farther, for whoever uses no wheel. */
export function ZoomButtons({ onZoom }: { onZoom: (by: 1 | -1) => void }) {
  const { t } = useTranslation('map');
  return (
    <div className={styles['zoom']}>
      <ActionIcon variant="default" aria-label={t('zoomIn')} onClick={() => onZoom(1)}>
        <IconPlus size={16} />
      </ActionIcon>
      <ActionIcon variant="default" aria-label={t('zoomOut')} onClick={() => onZoom(-1)}>
        <IconMinus size={16} />
      </ActionIcon>
    </div>
  );
}

/** The operator's layers, all of them off until asked for. */
export function LayerList(props: {
  layers: readonly Layer[];
  shown: readonly string[];
  onShow: (ids: readonly string[]) => void;
}) {
  const { t } = useTranslation('map');
  const [isOpen, setOpen] = useState(false);
  if (props.layers.length === 0) return null;
  return (
    <div className={styles['layers']}>
      <ActionIcon
        variant="default"
        aria-label={t('layers.open')}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <IconGrid size={16} />
      </ActionIcon>
      {isOpen ? (
        <fieldset className={styles['sheet']}>
          <legend>{t('layers.title')}</legend>
          {props.layers.map((layer) => (
            <Checkbox
              key={layer.id}
              label={layer.name}
              description={layer.outside ? t('layers.outside') : null}
              checked={props.shown.includes(layer.id)}
              onChange={({ currentTarget: { checked } }) =>
                props.onShow(checked ? [...props.shown, layer.id] : props.shown.filter((id) => id !== layer.id))
              }
            />
          ))}
        </fieldset>
      ) : null}
    </div>
  );
}

/** A line of a round length, measured where it stands: in the middle of the map. */
export function Scale({ metresPerPixel }: { metresPerPixel: number }) {
  const { i18n } = useTranslation();
  const metres = roundLength(metresPerPixel * 96);
  const unit = metres >= 1000 ? 'kilometer' : 'meter';
  const words = new Intl.NumberFormat(i18n.language, { style: 'unit', unit }).format(
    metres >= 1000 ? metres / 1000 : metres,
  );
  return (
    <div className={styles['scale']} style={{ width: metres / metresPerPixel }}>
      {words}
    </div>
  );
}

/** The largest of 1, 2 and 5 times a power of ten that is at most `metres`. */
export function roundLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return ([5, 2].find((times) => times * power <= metres) ?? 1) * power;
}

export function pixelMetres(unproject: Unproject, left: number, top: number): number {
  return distanceM(unproject(left - 50, top), unproject(left + 50, top)) / 100;
}

/** Words at a point of the map. */
export function Popup({ popup, project }: { popup: NonNullable<MapProps['popup']>; project: Project }) {
  const { t } = useTranslation('map');
  const place = project(popup.at);
  if (!place) return null;
  return (
    <div className={styles['popup']} style={{ transform: `translate(${place.x}px, ${place.y}px)` }}>
      <div className={styles['bubble']}>
        <div>{popup.content}</div>
        <ActionIcon aria-label={t('closePopup')} size={24} onClick={popup.onClose}>
          <IconX size={14} />
        </ActionIcon>
      </div>
    </div>
  );
}

/** The copy of a point, some turns east or west, nearest to the middle of what is shown. */
export function nearestLon(at: Point, middleLon: number): number {
  return at.lon + 360 * Math.round((middleLon - at.lon) / 360);
}
