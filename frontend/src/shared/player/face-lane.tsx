import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

import type { Player, PlayerState } from './contract';
import { boxesAt, type Faces, stretchesOf } from './faces';
import type { Line } from './lane-rows';
import styles from './lanes.module.css';
import regions from './regions.module.css';
import { shareOf } from './scale';
import { shownFrame } from './shown';
import { timecode } from './timecode';
import { usePart } from './use-part';

const pictureOf = (state: PlayerState) => shownFrame(state) ?? (state.begun ? state.frame : null);

/** When faces were found: each stretch a button that goes to its beginning. */
export function FaceLane({ player, view, faces }: Line & { faces: Faces }) {
  const { t } = useTranslation('player');
  const stretches = useMemo(() => stretchesOf(faces), [faces]);
  const zero = player.timeOf(0);
  return (
    <div className={styles['faces']} role="group" aria-label={t('faces.lane')}>
      {stretches.map(({ from, to, most }) => {
        const begin = shareOf(view, from - zero);
        const end = shareOf(view, Math.min(to - zero, player.length));
        if (end <= 0 || begin >= 1) return null;
        const left = Math.max(0, begin);
        const words = t('faces.span', { count: most, from: timecode(from), to: timecode(to) });
        return (
          <button
            key={from}
            type="button"
            style={{ left: `${left * 100}%`, width: `${(Math.min(1, end) - left) * 100}%` }}
            onClick={() => player.seek(player.frameAt(Math.max(zero, from)))}
            aria-label={words}
            title={words}
          >
            {most}
          </button>
        );
      })}
      {stretches.length === 0 ? <p>{t('faces.none')}</p> : null}
      {faces.is_cut ? <p>{t('faces.cut')}</p> : null}
    </div>
  );
}

/** The copy that hides these faces, to be saved, with what it is worth, or why there is none; else nothing. */
export function HiddenCopyLine({ faces }: { faces: Faces }) {
  const { t } = useTranslation('player');
  const copy = faces.hidden_copy;
  if (faces.is_outdated) return <p className={styles['hiddenCopy']}>{t('faces.outdated')}</p>;
  if (!copy) return null;
  return (
    <p className={styles['said']}>
      <a href={copy.content} download>
        {t('faces.copy')}
      </a>{' '}
      {t('faces.care')}
    </p>
  );
}

/** What a copy would cover in the frame on the screen; lies exactly on the picture, and takes no click from it. */
export function FaceBoxes({ player, faces }: { player: Player; faces: Faces }) {
  const frame = usePart(player, pictureOf);
  if (frame === null) return null;
  return boxesAt(faces, player.timeOf(frame)).map(({ x, y, w, h }, n) => (
    <span
      // oxlint-disable-next-line react/no-array-index-key -- a box is nothing but where it is in this frame
      key={n}
      className={regions['face']}
      data-face
      aria-hidden="true"
      style={{ left: `${x}%`, top: `${y}%`, width: `${w}%`, height: `${h}%` }}
    />
  ));
}
