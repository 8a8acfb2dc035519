import { SegmentedControl, Select, TextInput } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  IconCamera,
  IconCheck,
  IconChevronLeft,
  IconChevronRight,
  IconLink,
  IconMarquee,
  IconMute,
  IconPause,
  IconPlay,
  IconSound,
  IconX,
  IconZoom,
} from '@/shared/ui/icons';

import type { Player, PlayerState, ShieldKind } from './contract';
import type { Commands } from './commands';
import { SHIELDS } from './shields';
import { placeOf } from './shown';
import { readWanted, timecode } from './timecode';
import { Tool } from './tool';
import styles from './transport.module.css';
import { usePart } from './use-part';

const RATES = ['0.25', '0.5', '1', '1.5', '2', '4'];

const playingOf = (state: PlayerState) => state.playing;
const rateOf = (state: PlayerState) => state.rate;
const markOf = (state: PlayerState) => state.mark;
const regionOf = (state: PlayerState) => state.region;
const drawingOf = (state: PlayerState) => state.drawing;
const zoomedOf = (state: PlayerState) => state.zoomed;
const mutedOf = (state: PlayerState) => state.muted;
const shieldOf = (state: PlayerState) => state.shield;
const stillReadyOf = (state: PlayerState) => state.confirmed && !state.playing;
const whole = (state: PlayerState) => state;

interface Props {
  player: Player;
  commands: Commands;
  hasSound: boolean;
  goTo: RefObject<HTMLInputElement | null>;
  /** What was just done, for everybody to read. */
  told: string;
}

/** Everything that moves the picture or takes something from it. */
export function Transport(props: Props) {
  const { t } = useTranslation('player');
  const { player } = props;
  return (
    <div className={styles['transport']} role="group" aria-label={t('transport')}>
      <Motion player={player} />
      <Counter player={player} />
      <GoTo player={player} field={props.goTo} />
      <Rate player={player} />
      <span className={styles['space']} />
      <Marks {...props} />
      <Shields {...props} />
      <output className={styles['told']} aria-live="polite">
        {props.told}
      </output>
    </div>
  );
}

function Motion({ player }: { player: Player }) {
  const { t } = useTranslation('player');
  const playing = usePart(player, playingOf);
  return (
    <div className={styles['tools']}>
      <Tool label={t('actions.previousFrame')} action="player.previousFrame" onClick={() => player.step(-1)}>
        <IconChevronLeft size={18} />
      </Tool>
      <Tool label={t(playing ? 'pause' : 'play')} action="player.toggle" onClick={() => player.toggle()}>
        {playing ? <IconPause size={18} /> : <IconPlay size={18} />}
      </Tool>
      <Tool label={t('actions.nextFrame')} action="player.nextFrame" onClick={() => player.step(1)}>
        <IconChevronRight size={18} />
      </Tool>
    </div>
  );
}

/** The time and number of the frame; a tick only when the decoder has said that it is this one. */
function Counter({ player }: { player: Player }) {
  const { t } = useTranslation('player');
  const state = usePart(player, whole);
  const { confirmed, amiss, begun, playing } = state;
  const frame = placeOf(state);
  const stands = amiss ? 'amiss' : confirmed ? 'confirmed' : begun ? 'waiting' : 'unasked';
  return (
    <div className={styles['counter']} data-stands={stands} data-frame={frame} data-playing={playing}>
      <span>{timecode(player.timeOf(frame))}</span>
      <span className={styles['number']}>
        f{frame}
        <span className={styles['of']}> / {player.frames - 1}</span>
      </span>
      <span className={styles['sign']} role="img" aria-label={t(`counter.${stands}`)} title={t(`counter.${stands}`)}>
        {stands === 'confirmed' ? <IconCheck size={14} /> : null}
        {stands === 'amiss' ? <IconX size={14} /> : null}
        {stands === 'waiting' ? '…' : null}
        {stands === 'unasked' ? '–' : null}
      </span>
    </div>
  );
}

/** Goes to a typed frame number or time. */
function GoTo({ player, field }: { player: Player; field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation('player');
  const [typed, setTyped] = useState('');
  const [refused, setRefused] = useState(false);
  const go = () => {
    const wanted = readWanted(typed);
    setRefused(wanted === null);
    if (!wanted) return;
    player.seek('frame' in wanted ? wanted.frame : player.frameAt(wanted.seconds));
    setTyped('');
    field.current?.blur();
  };
  return (
    <form
      className={styles['goTo']}
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <TextInput
        ref={field}
        value={typed}
        aria-label={t('goTo.label')}
        placeholder={t('goTo.placeholder')}
        error={refused ? t('goTo.refused') : null}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setRefused(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
    </form>
  );
}

function Rate({ player }: { player: Player }) {
  const { t } = useTranslation('player');
  const rate = usePart(player, rateOf);
  return (
    <Select
      className={styles['rate'] ?? ''}
      aria-label={t('rate.label')}
      allowDeselect={false}
      value={String(Math.abs(rate))}
      data={[...new Set([...RATES, String(Math.abs(rate))])].map((value) => ({
        value,
        label: rate < 0 ? `−${value}×` : `${value}×`,
      }))}
      onChange={(value) => player.setRate(Number(value))}
    />
  );
}

function Marks({ player, commands }: Props) {
  const { t } = useTranslation('player');
  const mark = usePart(player, markOf);
  const region = usePart(player, regionOf);
  const drawing = usePart(player, drawingOf);
  const zoomed = usePart(player, zoomedOf);
  const stillReady = usePart(player, stillReadyOf);
  return (
    <div className={styles['tools']}>
      <Tool label={t('actions.markIn')} action="player.markIn" onClick={commands.markIn}>
        <span className={styles['sign']}>I</span>
      </Tool>
      <Tool label={t('actions.markOut')} action="player.markOut" onClick={commands.markOut}>
        <span className={styles['sign']}>O</span>
      </Tool>
      <Tool label={t('actions.region')} action="player.region" pressed={drawing} onClick={commands.region}>
        <IconMarquee size={16} />
      </Tool>
      {mark || region ? (
        <Tool label={t('forget')} onClick={commands.forget}>
          <IconX size={16} />
        </Tool>
      ) : null}
      <Tool label={t('actions.zoom')} action="player.zoom" pressed={zoomed} onClick={commands.zoom}>
        <IconZoom size={16} />
      </Tool>
      <Tool label={t('actions.still')} action="player.still" disabled={!stillReady} onClick={commands.still}>
        <IconCamera size={16} />
      </Tool>
      <Tool label={t('link.copy')} action="player.link" onClick={commands.link}>
        <IconLink size={16} />
      </Tool>
    </div>
  );
}

function Shields({ player, commands, hasSound }: Props) {
  const { t } = useTranslation('player');
  const shield = usePart(player, shieldOf);
  const muted = usePart(player, mutedOf);
  return (
    <div className={styles['tools']}>
      <SegmentedControl
        aria-label={t('shield.label')}
        value={shield}
        data={SHIELDS.map((value) => ({ value, label: t(`shield.${value}`) }))}
        onChange={(value) => player.setShield(value as ShieldKind)}
      />
      <Tool
        label={hasSound ? t(muted ? 'sound.on' : 'sound.off') : t('sound.none')}
        action="player.sound"
        disabled={!hasSound}
        onClick={commands.sound}
      >
        {muted ? <IconMute size={16} /> : <IconSound size={16} />}
      </Tool>
    </div>
  );
}
