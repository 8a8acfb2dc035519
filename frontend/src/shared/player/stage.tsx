import { Button } from '@mantine/core';
import { type PointerEvent, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useActions } from '@/shared/ui/actions';
import { IconAlert, IconEyeOff } from '@/shared/ui/icons';

import type { Playback, PlayerState } from './contract';
import { DEFAULT_KEYS } from './default-keys';
import { FaceBoxes } from './face-lane';
import type { Faces } from './faces';
import { PeekButton } from './peek-button';
import { MarkedRegion, NotedRegions } from './regions';
import { copyFor } from './shields';
import { SketchFilter, useSketching } from './sketch-filter';
import type { Span } from './spans';
import styles from './stage.module.css';
import type { VideoPlayer } from './store';
import { usePart } from './use-part';

type Fault = 'codec' | 'failed' | 'offline';

const begunOf = (state: PlayerState) => state.begun;
const zoomedOf = (state: PlayerState) => state.zoomed;
const amissOf = (state: PlayerState) => state.amiss;
const shieldOf = (state: PlayerState) => (state.peeking ? 'clear' : state.shield);
const frameOf = (state: PlayerState) => state.frame;

/** The picture: always dark around it, behind a shield until somebody lifts it, silent until somebody asks. */
export function Stage(props: {
  player: VideoPlayer;
  playback: Playback;
  spans: readonly Span[];
  onPick: (id: string) => void;
  /** Where faces were found, while their boxes are asked for. */
  faces?: Faces | null;
}) {
  const { player, playback } = props;
  const shield = usePart(player, shieldOf);
  const zoomed = usePart(player, zoomedOf);
  const sketching = useSketching();
  const [size, setSize] = useState({ width: playback.width, height: playback.height });
  const [fault, setFault] = useState<Fault | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [lens, follow] = useLens(player, zoomed);
  // Whoever held the button to look holds nothing any more: it goes away with the picture.
  const fail = (why: Fault) => {
    player.setPeeking(false);
    setFault(why);
  };
  const aspect = size.width > 0 && size.height > 0 ? size.width / size.height : 16 / 9;
  return (
    <div className={styles['stage']} data-zoomed={zoomed}>
      <SketchFilter />
      <div className={styles['box']} style={{ '--aspect': aspect }} onPointerMove={follow}>
        <div className={styles['lens']} ref={lens} data-picture>
          <Screen
            key={attempt}
            player={player}
            playback={playback}
            shield={shield === 'sketch' && !sketching ? 'blur' : shield}
            onSize={setSize}
            onFault={fail}
          />
          <Still player={player} playback={playback} />
          {props.faces ? <FaceBoxes player={player} faces={props.faces} /> : null}
          <NotedRegions player={player} spans={props.spans} onPick={props.onPick} />
          <MarkedRegion player={player} />
        </div>
      </div>
      {fault ? (
        <Trouble
          fault={fault}
          retry={() => {
            setFault(null);
            setAttempt(attempt + 1);
          }}
        />
      ) : (
        <>
          <Amiss player={player} />
          <ShieldWords player={player} isToneMapped={playback.video?.is_tone_mapped ?? false} />
        </>
      )}
    </div>
  );
}

/** The video element itself; never plays or seeks by itself, and has no controls of its own. */
function Screen(props: {
  player: VideoPlayer;
  playback: Playback;
  shield: string;
  onSize: (size: { width: number; height: number }) => void;
  onFault: (fault: Fault) => void;
}) {
  const { t } = useTranslation('player');
  const { player, playback } = props;
  const attach = useCallback((video: HTMLVideoElement) => player.attach(video), [player]);
  return (
    // What is said in it is for a transcript; there is none yet.
    // oxlint-disable-next-line jsx-a11y/media-has-caption
    <video
      ref={attach}
      className={styles['video']}
      data-shield={props.shield}
      src={playback.video?.content}
      preload="metadata"
      playsInline
      // Elsewhere than here it would be shown without its shield.
      disablePictureInPicture
      disableRemotePlayback
      onContextMenu={(event) => event.preventDefault()}
      aria-label={t('stage.video')}
      onLoadedMetadata={({ currentTarget: { videoWidth, videoHeight } }) => {
        // A browser that cannot decode the picture may still play the sound.
        if (videoWidth === 0) props.onFault('codec');
        else props.onSize({ width: videoWidth, height: videoHeight });
      }}
      onError={({ currentTarget }) => props.onFault(faultOf(currentTarget, playback))}
    />
  );
}

function faultOf(video: HTMLVideoElement, playback: Playback): Fault {
  if (!navigator.onLine) return 'offline';
  const isKnown = video.canPlayType(playback.video?.media_type ?? '') !== '';
  return !isKnown || video.error?.code === MediaError.MEDIA_ERR_DECODE ? 'codec' : 'failed';
}

/** Until somebody asks for the video, a shielded picture made by the server stands for it. */
function Still({ player, playback }: { player: VideoPlayer; playback: Playback }) {
  const { t } = useTranslation('player');
  const begun = usePart(player, begunOf);
  const shield = usePart(player, shieldOf);
  const frame = usePart(player, frameOf);
  if (begun) return null;
  const nearest = (playback.keyframes ?? []).reduce<NonNullable<Playback['keyframes']>[number] | null>(
    (best, one) => (best && Math.abs(best.frame - frame) <= Math.abs(one.frame - frame) ? best : one),
    null,
  );
  const address = nearest ? copyFor(nearest.content, shield) : null;
  return (
    <div className={styles['still']}>
      {nearest && address ? (
        <StillPicture key={nearest.frame} player={player} frame={nearest.frame} address={address} />
      ) : null}
      <p className={styles['words']}>
        {nearest && address ? t('stage.still', { frame: nearest.frame }) : t('stage.noStill')}
      </p>
    </div>
  );
}

/** Tells the player which frame is seen, once it is: what is drawn or said of it belongs to this frame. */
function StillPicture({ player, frame, address }: { player: VideoPlayer; frame: number; address: string }) {
  useEffect(() => () => player.setStill(null), [player]);
  return (
    <img
      src={address}
      alt=""
      draggable={false}
      onLoad={() => player.setStill(frame)}
      onError={() => player.setStill(null)}
    />
  );
}

function ShieldWords({ player, isToneMapped }: { player: VideoPlayer; isToneMapped: boolean }) {
  const { t } = useTranslation('player');
  const shield = usePart(player, shieldOf);
  return (
    <div className={styles['corner']}>
      {isToneMapped ? <span title={t('stage.toneMappedWhy')}>{t('stage.toneMapped')}</span> : null}
      {shield === 'clear' ? (
        <span className={styles['bare']}>
          <IconAlert size={14} aria-hidden="true" /> {t('shield.bare')}
        </span>
      ) : (
        <span>
          <IconEyeOff size={14} aria-hidden="true" /> {t(`shield.${shield}`)}
        </span>
      )}
      <PeekButton player={player} />
    </div>
  );
}

/** Says plainly when the frame on the screen is not the one asked for. */
function Amiss({ player }: { player: VideoPlayer }) {
  const { t } = useTranslation('player');
  const amiss = usePart(player, amissOf);
  const frame = usePart(player, frameOf);
  return (
    <div role="alert" className={styles['alert']} data-shown={amiss !== null}>
      {amiss ? (
        <>
          <p>
            {amiss.shown === null ? t('amiss.unknown', { frame }) : t('amiss.other', { frame, shown: amiss.shown })}
          </p>
          <Button variant="default" onClick={() => player.seek(frame)}>
            {t('amiss.again')}
          </Button>
        </>
      ) : null}
    </div>
  );
}

function Trouble({ fault, retry }: { fault: Fault; retry: () => void }) {
  const { t } = useTranslation('player');
  return (
    <StageMessage
      title={t(`trouble.${fault}`)}
      role="alert"
      actions={<Button onClick={retry}>{t('trouble.retry')}</Button>}
    >
      <p>{t(`trouble.${fault}Next`)}</p>
    </StageMessage>
  );
}

/** Words where the picture would be; dark in both themes. */
export function StageMessage(props: {
  title: string;
  role?: 'alert' | 'status';
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles['message']} role={props.role}>
      <h2>{props.title}</h2>
      {props.children}
      {props.actions ? <div>{props.actions}</div> : null}
    </div>
  );
}

const DEEPEST = 8;
const USUAL = 2.5;
const PAN = 10;

/** Zooming and panning of the picture; it moves by custom properties, so that nothing renders while it does. */
function useLens(player: VideoPlayer, zoomed: boolean) {
  const { t } = useTranslation('player');
  const ref = useRef<HTMLDivElement>(null);
  const focus = useRef({ x: 50, y: 50, scale: USUAL });
  const show = useCallback((next: Partial<{ x: number; y: number; scale: number }>) => {
    const inside = (value: number) => Math.min(100, Math.max(0, value));
    const merged = { ...focus.current, ...next };
    focus.current = { ...merged, x: inside(merged.x), y: inside(merged.y) };
    ref.current?.style.setProperty('--focus-x', `${focus.current.x}%`);
    ref.current?.style.setProperty('--focus-y', `${focus.current.y}%`);
    ref.current?.style.setProperty('--zoom', String(focus.current.scale));
  }, []);
  const pan = useCallback((x: number, y: number) => show({ x: focus.current.x + x, y: focus.current.y + y }), [show]);
  useEffect(() => {
    const box = ref.current?.parentElement;
    if (!box || !zoomed) return undefined;
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      show({ scale: Math.min(DEEPEST, Math.max(1.25, focus.current.scale * Math.exp(-event.deltaY / 400))) });
    };
    box.addEventListener('wheel', wheel, { passive: false });
    return () => box.removeEventListener('wheel', wheel);
  }, [zoomed, show]);
  useActions(
    (
      [
        ['panLeft', -PAN, 0],
        ['panRight', PAN, 0],
        ['panUp', 0, -PAN],
        ['panDown', 0, PAN],
      ] as const
    ).map(([name, x, y]) => ({
      id: `player.${name}`,
      label: t(`actions.${name}`),
      group: t('group'),
      chord: DEFAULT_KEYS[`player.${name}`] ?? null,
      enabled: zoomed,
      repeats: true,
      run: () => pan(x, y),
    })),
  );
  const follow = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    if (!zoomed)
      show({
        x: ((event.clientX - box.left) / box.width) * 100,
        y: ((event.clientY - box.top) / box.height) * 100,
        scale: USUAL,
      });
    else if (event.buttons === 1 && !player.state().drawing) {
      const far = focus.current.scale - 1;
      pan((-event.movementX / box.width / far) * 100, (-event.movementY / box.height / far) * 100);
    }
  };
  return [ref, follow] as const;
}
