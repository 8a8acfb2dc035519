import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesAt, type Schemas } from '@/api/client';
import { Cause } from '@/shared/ui/cause';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { initialOf, linked, linkTo, type PlayerAddress, useAddress } from './address';
import { commandsOf } from './commands';
import { useOfferPlayer } from './context';
import type { Playback } from './contract';
import type { Faces } from './faces';
import { StillDialog, SoundDialog } from './dialogs';
import { frameTimesQuery } from './frame-times';
import type { Peaks } from './lane-rows';
import { Lanes } from './lanes';
import type { Opinions } from './opinions';
import styles from './player-view.module.css';
import { Pictures, Preparing, SoundOnly } from './without-picture';
import type { Span } from './spans';
import { Stage, StageMessage } from './stage';
import { VideoPlayer } from './store';
import { Transport } from './transport';
import { usePlayerActions } from './use-player-actions';

export interface PlayerViewProps {
  item: Pick<Schemas['ItemShown'], 'item' | 'steps'>;
  playback: Playback;
  preferences: Pick<Schemas['Preferences'], 'shield'>;
  spans: readonly Span[];
  /** Where faces were found in this original; null where nobody looked for any. */
  faces: Faces | null;
  /** What a second detector makes of this original's shots; null where none was asked. */
  opinions: Opinions | null;
  /** Somebody chose a span on the timeline or a region on the picture. */
  onPick: (id: string) => void;
  /** What the address says: the frame, the marked span, the region. A change from outside moves the player. */
  search: PlayerAddress;
  /** What the address should say now; a moment after the last change, never while playing. */
  onAddressChange: (address: PlayerAddress) => void;
}

/** The picture of an item with its transport and timeline, or words why there is none. Fills the height it is given. */
export function PlayerView(props: PlayerViewProps) {
  const { playback } = props;
  if (playback.state === 'preparing')
    return <Preparing steps={props.item.steps} playback={playback} shield={props.preferences.shield.kind} />;
  if (playback.sound) return <SoundOnly playback={playback} />;
  if (playback.pictures?.length) return <Pictures pictures={playback.pictures} />;
  if (playback.state === 'none' || !playback.video || !playback.frame_times) return <Nothing playback={playback} />;
  return (
    <Timed
      {...props}
      times={playback.frame_times}
      key={`${playback.original} ${playback.video.content} ${playback.frame_times.digest}`}
    />
  );
}

function Nothing({ playback }: { playback: Playback }) {
  const { t } = useTranslation('player');
  return (
    <div className={styles['alone']}>
      <StageMessage title={t('none.title')}>
        {playback.is_cancelled ? (
          <p>{t('none.cancelled')}</p>
        ) : (
          <Cause code={playback.code ?? 'nothing_to_play'} sentence={playback.sentence} />
        )}
        <p>{t('none.next')}</p>
      </StageMessage>
    </div>
  );
}

/** Loads the frame times; without them no frame has a number that can be trusted. */
function Timed(props: PlayerViewProps & { times: NonNullable<Playback['frame_times']> }) {
  const query = useQuery(frameTimesQuery(props.times));
  if (query.isPending) return <Bones rows={3} />;
  if (query.isError) return <FailureMessage error={query.error} retry={() => void query.refetch()} />;
  return <Ready {...props} firstUs={props.times.first_us} frameTimes={query.data} />;
}

function Ready(props: PlayerViewProps & { firstUs: number; frameTimes: Float64Array }) {
  const { playback, preferences, item } = props;
  const [player] = useState(
    () =>
      new VideoPlayer(
        {
          original: playback.original ?? '',
          times: props.frameTimes,
          firstUs: props.firstUs,
          startS: playback.start_s,
        },
        { shield: preferences.shield.kind, muted: true, ...initialOf(props.search) },
      ),
  );
  const goTo = useRef<HTMLInputElement>(null);
  const [asking, setAsking] = useState<'sound' | number | null>(null);
  const [told, tell] = useTold();
  const [mayHear, setMayHear] = useState(!preferences.shield.mute);
  const [boxes, setBoxes] = useState(false);
  const faces = props.faces && { found: props.faces, shown: boxes, toggle: () => setBoxes((on) => !on) };
  const offer = useOfferPlayer();
  useEffect(() => {
    offer(player);
    return () => offer(null);
  }, [player, offer]);
  useAddress(player, props.search, props.onAddressChange);
  const peaks = usePeaks(playback);
  const copyLink = useCopyLink(player, tell);

  const commands = commandsOf(player, playback, props.spans, {
    link: copyLink,
    still: () => {
      // The frame is named in the question: another one is not saved in its place.
      if (player.state().confirmed && !player.state().playing) setAsking(player.state().frame);
    },
    sound: () => {
      if (!playback.has_sound) return;
      if (!player.state().muted) player.setMuted(true);
      else if (mayHear) player.setMuted(false);
      else setAsking('sound');
    },
  });
  usePlayerActions({ player, commands, goTo, shield: preferences.shield.kind, hasSound: playback.has_sound });

  return (
    <div className={styles['view']}>
      <Stage
        player={player}
        playback={playback}
        spans={props.spans}
        onPick={props.onPick}
        faces={boxes ? props.faces : null}
      />
      <Transport player={player} commands={commands} hasSound={playback.has_sound} goTo={goTo} told={told} />
      <Lanes
        player={player}
        playback={playback}
        peaks={peaks}
        spans={props.spans}
        onPick={props.onPick}
        faces={faces}
        opinions={props.opinions}
      />
      <SoundDialog
        opened={asking === 'sound'}
        onClose={() => setAsking(null)}
        onAgree={() => {
          setMayHear(true);
          player.setMuted(false);
        }}
      />
      <StillDialog
        frame={typeof asking === 'number' ? asking : null}
        onClose={() => setAsking(null)}
        player={player}
        subject={{
          item: item.item,
          original: playback.original ?? '',
          isFromOriginal: playback.video?.is_original ?? false,
          isToneMapped: playback.video?.is_tone_mapped ?? false,
        }}
        shield={preferences.shield.kind}
        tell={tell}
      />
    </div>
  );
}

function usePeaks(playback: Playback): Peaks {
  const address = playback.waveform?.content ?? null;
  const query = useQuery({
    queryKey: ['waveform', address],
    queryFn: async ({ signal }) => new Uint8Array(await bytesAt(address ?? '', signal)),
    enabled: address !== null,
    staleTime: Infinity,
  });
  if (query.data) return query.data;
  if (address === null) return 'missing';
  return query.isError ? 'failed' : 'loading';
}

const TOLD_MS = 5000;

/** A line of words that goes away by itself. */
function useTold(): [string, (words: string) => void] {
  const [told, setTold] = useState('');
  useEffect(() => {
    if (!told) return undefined;
    const timer = setTimeout(() => setTold(''), TOLD_MS);
    return () => clearTimeout(timer);
  }, [told]);
  return [told, setTold];
}

function useCopyLink(player: VideoPlayer, tell: (words: string) => void): () => void {
  const { t } = useTranslation('player');
  return () => {
    const link = linkTo(player);
    const copied = navigator.clipboard?.writeText(link) ?? Promise.reject(new Error('no clipboard'));
    copied.then(
      () => tell(t('link.copied', { frame: linked(player) })),
      // Without a clipboard the words hold the link itself.
      () => tell(link),
    );
  };
}
