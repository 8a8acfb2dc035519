import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useActions } from '@/shared/ui/actions';
import { IconEyeOff, IconMinus, IconPlus } from '@/shared/ui/icons';
import type { Playback } from './contract';
import { DEFAULT_KEYS } from './default-keys';
import { FaceLane, HiddenCopyLine } from './face-lane';
import type { Faces } from './faces';
import { FlawLane, FlawLegend, flawRows } from './flaw-lane';
import { Keyframes, Notes, type Peaks, Ruler, Shots, Wave } from './lane-rows';
import styles from './lanes.module.css';
import { MarkBand, Playhead, Scrubber } from './lane-tools';
import { OpinionLine, OpinionMarks, type Opinions } from './opinions';
import { Overview } from './overview';
import { isWhole, moved, rows, showing, type View, whole, zoomed } from './scale';
import { placeOf } from './shown';
import type { Span } from './spans';
import type { VideoPlayer } from './store';
import { Tool } from './tool';

/** Time from left to right: shots, their pictures behind the shield, sound, flaws, what was said, and the playhead. */
export function Lanes(props: {
  player: VideoPlayer;
  playback: Playback;
  peaks: Peaks;
  spans: readonly Span[];
  onPick: (id: string) => void;
  /** Where faces were found, and whether their boxes stand on the picture; null where nobody looked for any. */
  faces: { readonly found: Faces; readonly shown: boolean; readonly toggle: () => void } | null;
  opinions: Opinions | null;
}) {
  const { player, playback, spans, faces, opinions } = props;
  const { t } = useTranslation('player');
  const length = player.length;
  const [view, setView] = useState<View>(() => whole(length));
  const zoom = useCallback(
    (factor: number, share?: number) => setView((now) => zoomed(now, length, factor, share ?? headShare(player, now))),
    [length, player],
  );
  const pan = useCallback((by: number) => setView((now) => moved(now, length, by)), [length]);
  const all = useCallback(() => setView(whole(length)), [length]);
  useFollowing(player, length, setView);
  const track = useWheel(zoom, pan);
  useActions(
    [
      { name: 'timelineIn', run: () => zoom(0.5), repeats: true },
      { name: 'timelineOut', run: () => zoom(2), repeats: true },
      { name: 'timelineWhole', run: all },
      ...(faces ? [{ name: 'faces', run: faces.toggle }] : []),
    ].map(({ name, ...doing }) => ({
      id: `player.${name}`,
      label: t(`actions.${name}`),
      group: t('group'),
      chord: DEFAULT_KEYS[`player.${name}`] ?? null,
      ...doing,
    })),
  );
  const sorted = useMemo(() => [...spans].toSorted((one, other) => one.from - other.from), [spans]);
  const inRows = useMemo(() => rows(sorted), [sorted]);
  const noteRows = Math.max(1, ...inRows.map((row) => row + 1));
  const line = { player, view };
  return (
    <section
      className={styles['lanes']}
      aria-label={t('lanes.label')}
      data-faces={faces !== null}
      style={{ '--note-rows': noteRows, '--flaw-rows': flawRows(playback.flaws ?? null) }}
    >
      <div className={styles['names']} aria-hidden="true">
        <span />
        <span>{t('lanes.shots')}</span>
        <span>{t('lanes.pictures')}</span>
        <span>{t('lanes.sound')}</span>
        <span>{t('flaws.lane')}</span>
        {faces ? <span>{t('faces.lane')}</span> : null}
        <span>{t('lanes.notes')}</span>
      </div>
      <div className={styles['track']} ref={track}>
        <Ruler {...line} />
        <Shots {...line} shots={playback.shots ?? []} />
        <Keyframes {...line} shots={playback.shots ?? []} keyframes={playback.keyframes ?? []} />
        <Wave {...line} peaks={props.peaks} durationS={playback.duration_s ?? null} hasSound={playback.has_sound} />
        <Scrubber {...line} sprite={playback.sprite ?? null} startS={playback.start_s} zoom={zoom} />
        {opinions ? <OpinionMarks {...line} opinions={opinions} /> : null}
        <FlawLane {...line} flaws={playback.flaws ?? null} />
        {faces ? <FaceLane {...line} faces={faces.found} /> : null}
        <Notes {...line} spans={sorted} inRows={inRows} onPick={props.onPick} />
        <MarkBand {...line} />
        <Playhead {...line} />
      </div>
      <FlawLegend flaws={playback.flaws ?? null} />
      {opinions ? <OpinionLine opinions={opinions} /> : null}
      {faces ? <HiddenCopyLine faces={faces.found} /> : null}
      <div className={styles['foot']}>
        {isWhole(view, length) ? (
          <span className={styles['space']} />
        ) : (
          <Overview view={view} length={length} onMove={setView} />
        )}
        {faces ? (
          <Tool label={t('actions.faces')} action="player.faces" pressed={faces.shown} onClick={faces.toggle}>
            <IconEyeOff size={16} />
          </Tool>
        ) : null}
        <Tool label={t('actions.timelineOut')} action="player.timelineOut" onClick={() => zoom(2)}>
          <IconMinus size={16} />
        </Tool>
        <Tool label={t('actions.timelineIn')} action="player.timelineIn" onClick={() => zoom(0.5)}>
          <IconPlus size={16} />
        </Tool>
      </div>
    </section>
  );
}

/** Zooming by keys keeps the playhead in its place; the middle where it is out of view. */
function headShare(player: VideoPlayer, view: View): number {
  const share = (player.since(placeOf(player.state())) - view.from) / (view.to - view.from);
  return share >= 0 && share <= 1 ? share : 0.5;
}

/** Whenever the playhead leaves the view, the view turns the page. */
function useFollowing(player: VideoPlayer, length: number, setView: (next: (now: View) => View) => void): void {
  useEffect(() => {
    let frame = placeOf(player.state());
    return player.subscribe(() => {
      const next = placeOf(player.state());
      if (next === frame) return;
      frame = next;
      setView((now) => showing(now, length, player.since(next)));
    });
  }, [player, length, setView]);
}

/** The wheel zooms around the pointer and pans sideways; a pinch on a touchpad is a wheel with Control. */
function useWheel(zoom: (factor: number, share: number) => void, pan: (by: number) => void) {
  const track = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = track.current;
    if (!element) return undefined;
    const turned = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(sideways / box.width);
      else zoom(Math.exp(event.deltaY / (event.ctrlKey ? 100 : 400)), (event.clientX - box.left) / box.width);
    };
    element.addEventListener('wheel', turned, { passive: false });
    return () => element.removeEventListener('wheel', turned);
  }, [zoom, pan]);
  return track;
}
