import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery, playbackQuery } from '@/api/queries';
import { useOriginalChange, usePlayer, usePlayerState } from '@/shared/player/context';
import type { Playback, Player, PlayerState } from '@/shared/player/contract';
import { frameTimesQuery } from '@/shared/player/frame-times';
import { Stage } from '@/shared/player/stage';
import { VideoPlayer } from '@/shared/player/store';
import { usePart } from '@/shared/player/use-part';
import { useActions } from '@/shared/ui/actions';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './copies.module.css';
import { Differences } from './differences';
import { thereAt } from './lock';
import type { Match } from './queries';

const frameOf = (state: PlayerState) => state.frame;
const shieldOf = (state: PlayerState) => state.shield;

/** The other video beside the player above: it shows the frame that matches, wherever the one above goes. */
export function Compare({ match }: { match: Match }) {
  const { t } = useTranslation('copies');
  const player = usePlayer();
  const go = useOriginalChange();
  const { data: me } = useQuery(meQuery);
  const playback = useQuery(playbackQuery(match.other.item, match.other_original));
  const times = playback.data?.frame_times;
  const frames = useQuery(frameTimesQuery(times));
  useEffect(() => {
    // Frames of one original are never compared with those of another.
    if (player && player.original !== match.original) go?.(match.original, () => undefined);
  }, [player, match.original, go]);
  const failed = playback.error ?? frames.error;
  if (failed) return <FailureMessage error={failed} retry={() => void playback.refetch()} />;
  if (playback.data && (!playback.data.video || !times)) return <p role="status">{t('compare.unplayable')}</p>;
  if (!playback.data || !times || !frames.data || !player || player.original !== match.original || !me)
    return <Bones rows={3} />;
  return (
    <Locked
      match={match}
      here={player}
      playback={playback.data}
      firstUs={times.first_us}
      times={frames.data}
      shield={me.preferences.shield.kind}
    />
  );
}

function Locked(props: {
  match: Match;
  here: Player;
  playback: Playback;
  firstUs: number;
  times: Float64Array;
  shield: PlayerState['shield'];
}) {
  const { match, here, playback } = props;
  const { t } = useTranslation('copies');
  const [there] = useState(
    () =>
      new VideoPlayer(
        {
          original: playback.original ?? '',
          times: props.times,
          firstUs: props.firstUs,
          startS: playback.start_s,
        },
        { shield: props.shield, muted: true, frame: 0 },
      ),
  );
  const [nudge, setNudge] = useState(0);
  const frame = usePlayerState(frameOf) ?? 0;
  const shield = usePlayerState(shieldOf);
  const meant = thereAt(match.spans, here.timeOf(frame) - here.timeOf(0));
  const wanted = meant === null ? null : there.frameAt(meant + there.timeOf(0)) + nudge;
  useEffect(() => {
    if (wanted !== null) there.seek(wanted);
  }, [there, wanted]);
  useEffect(() => {
    if (shield) there.setShield(shield);
  }, [there, shield]);
  const push = (by: number) => setNudge((known) => known + by);
  useActions([
    {
      id: 'copies.back',
      label: t('compare.back'),
      group: t('compare.group'),
      chord: 'BracketLeft',
      run: () => push(-1),
    },
    { id: 'copies.on', label: t('compare.on'), group: t('compare.group'), chord: 'BracketRight', run: () => push(1) },
  ]);
  const shown = usePart(there, frameOf);
  return (
    <section className={styles['compare']} aria-label={t('compare.label')}>
      <div className={styles['stage']} style={{ '--aspect': `${playback.width} / ${playback.height}` }}>
        <Stage player={there} playback={playback} spans={[]} onPick={() => undefined} />
      </div>
      <p role="status">
        {wanted === null
          ? t('compare.apart', { frame })
          : t('compare.locked', { frame, other: shown, nudge: nudge > 0 ? `+${nudge}` : `${nudge}` })}
      </p>
      <div className={styles['deeds']}>
        <Button variant="default" onClick={() => push(-1)}>
          {t('compare.back')}
        </Button>
        <Button variant="default" onClick={() => push(1)}>
          {t('compare.on')}
        </Button>
        <Button variant="subtle" disabled={nudge === 0} onClick={() => setNudge(0)}>
          {t('compare.reset')}
        </Button>
      </div>
      <Differences match={match} here={here} />
    </section>
  );
}
