import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { Playback, PlayerState } from './contract';
import styles from './lanes.module.css';
import { shareOf, ticks, type View } from './scale';
import { copyFor } from './shields';
import { hueOf, kindOf, type Span } from './spans';
import type { VideoPlayer } from './store';
import { timecode } from './timecode';
import { usePart } from './use-part';

export interface Line {
  readonly player: VideoPlayer;
  readonly view: View;
}

type Shot = NonNullable<Playback['shots']>[number];
type Keyframe = NonNullable<Playback['keyframes']>[number];

const shieldOf = (state: PlayerState) => state.shield;
const HARD = ['start', 'cut'];

/** Where frames `from` up to, not including, `end` stand; null where they are out of view. */
function placed({ player, view }: Line, from: number, end: number): { left: string; width: string } | null {
  const begin = shareOf(view, player.since(from));
  const stop = shareOf(view, end < player.frames ? player.since(end) : player.length);
  if (stop <= 0 || begin >= 1) return null;
  const left = Math.max(0, begin);
  return { left: `${left * 100}%`, width: `${(Math.min(1, stop) - left) * 100}%` };
}

/** Round presentation times; only as much of them as tells one from the next. */
export function Ruler({ player, view }: Line) {
  const start = player.timeOf(0);
  const times = ticks(view);
  const [begin, end] = [
    view.to + start < 3600 ? 'mm:'.length : 0,
    (times[1] ?? 1) - (times[0] ?? 0) < 1 ? undefined : 'hh:mm:ss'.length,
  ];
  return (
    <div className={styles['ruler']} aria-hidden="true">
      {times.map((time) => (
        <span key={time} style={{ left: `${shareOf(view, time) * 100}%` }}>
          {timecode(time + start).slice(begin, end)}
        </span>
      ))}
    </div>
  );
}

/** Each shot from its boundary on; a soft transition has a slanted edge and says its kind. */
export function Shots({ shots, ...line }: Line & { shots: readonly Shot[] }) {
  const { t } = useTranslation('player');
  return (
    <div className={styles['shots']} aria-hidden="true">
      {shots.map((shot, n) => {
        const place = placed(line, shot.start_frame, shot.end_frame);
        const isHard = HARD.includes(shot.transition);
        const kind = t(`transitions.${shot.transition}`, { defaultValue: shot.transition });
        return place ? (
          <span key={shot.start_frame} style={place} data-soft={!isHard}>
            {n + 1}
            {isHard ? null : <small> {kind}</small>}
          </span>
        ) : null;
      })}
    </div>
  );
}

/** The picture that stands for each shot, as the server's copy for the shield. */
export function Keyframes({
  shots,
  keyframes,
  ...line
}: Line & { shots: readonly Shot[]; keyframes: readonly Keyframe[] }) {
  const { t } = useTranslation('player');
  const shield = usePart(line.player, shieldOf);
  return (
    <div className={styles['pictures']} aria-hidden="true">
      {keyframes.map((keyframe, at) => {
        const shot = shots[keyframe.shot] ?? { start_frame: 0, end_frame: line.player.frames };
        const [before, after] = [keyframes[at - 1], keyframes[at + 1]];
        // Of several of one shot, each stands from its moment to that of the next.
        const from = before?.shot === keyframe.shot ? keyframe.frame : shot.start_frame;
        const to = after?.shot === keyframe.shot ? after.frame : shot.end_frame;
        const place = placed(line, from, to);
        const address = copyFor(keyframe.content, shield);
        const words =
          keyframe.same_as_s === null || keyframe.same_as_s === undefined
            ? null
            : t('lanes.sameAs', { time: timecode(keyframe.same_as_s) });
        return place && address ? (
          <span key={keyframe.frame} style={place} title={words ?? undefined} data-same={words ? true : undefined}>
            <img src={address} alt="" loading="lazy" draggable={false} />
            {words ? <small>{words}</small> : null}
          </span>
        ) : null;
      })}
    </div>
  );
}

/** The peaks of the sound, or why there are none to paint: not drawn yet, on their way, or not to be had. */
export type Peaks = Uint8Array | 'missing' | 'loading' | 'failed';

const WITHOUT_PEAKS = { missing: 'lanes.noWave', loading: 'lanes.waveLoading', failed: 'lanes.waveFailed' } as const;

/** How loud it is; peaks are spread evenly from the first frame to the end of the picture, as the archive knows it. */
export function Wave({
  view,
  player,
  peaks,
  durationS,
  hasSound,
}: Line & { peaks: Peaks; durationS: number | null; hasSound: boolean }) {
  const { t } = useTranslation('player');
  const canvas = useRef<HTMLCanvasElement>(null);
  // Nobody here knows how long the last frame lasts: the player guesses it, the archive has read it.
  const length = durationS || player.length;
  useEffect(() => {
    const element = canvas.current;
    if (!element || typeof peaks === 'string') return undefined;
    const paint = () => paintWave(element, peaks, { from: view.from / length, to: view.to / length });
    paint();
    const watching = new ResizeObserver(paint);
    watching.observe(element);
    // A change of theme changes the colour.
    const scheme = new MutationObserver(paint);
    scheme.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
    return () => {
      watching.disconnect();
      scheme.disconnect();
    };
  }, [peaks, view, length]);
  return (
    <div className={styles['wave']} aria-hidden="true">
      {typeof peaks === 'string' ? (
        <span>{t(hasSound ? WITHOUT_PEAKS[peaks] : 'lanes.silent')}</span>
      ) : (
        <canvas ref={canvas} />
      )}
    </div>
  );
}

/** Paints the peaks between two shares of the whole, mirrored around the middle, in the element's own colour. */
export function paintWave(element: HTMLCanvasElement, peaks: Uint8Array, part: View): void {
  const context = element.getContext('2d');
  if (!context || peaks.length === 0) return;
  const [width, height] = [element.clientWidth, element.clientHeight];
  element.width = Math.round(width * devicePixelRatio);
  element.height = Math.round(height * devicePixelRatio);
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = getComputedStyle(element).color;
  const bucketAt = (x: number) => (part.from + (x / width) * (part.to - part.from)) * peaks.length;
  for (let x = 0; x < width; x += 1) {
    const first = Math.max(0, Math.floor(bucketAt(x)));
    const next = Math.min(peaks.length, Math.max(first + 1, Math.floor(bucketAt(x + 1))));
    let peak = 0;
    for (let n = first; n < next; n += 1) peak = Math.max(peak, peaks[n] ?? 0);
    const tall = Math.max(1, (peak / 255) * height);
    context.fillRect(x, (height - tall) / 2, 1, tall);
  }
}

/** What was said about spans of frames; colour and letter tell its kind. */
export function Notes(
  props: Line & { spans: readonly Span[]; inRows: readonly number[]; onPick: (id: string) => void },
) {
  const { t } = useTranslation('player');
  return (
    <div className={styles['notes']} role="group" aria-label={t('lanes.notes')}>
      {props.spans.map(({ id, kind, from, to, label }, n) => {
        const place = placed(props, from, to + 1);
        return place ? (
          <button
            key={`${id} ${from}`}
            type="button"
            style={{ ...place, '--in-row': props.inRows[n] ?? 0 }}
            data-hue={hueOf(kind)}
            onClick={() => props.onPick(id)}
            aria-label={t('spans.button', { kind: t(`kinds.${kindOf(kind)}.name`), from, to, label })}
            title={label}
          >
            <span>{t(`kinds.${kindOf(kind)}.letter`)}</span> {label}
          </button>
        ) : null;
      })}
      {props.spans.length === 0 ? <p>{t('lanes.noNotes')}</p> : null}
    </div>
  );
}
