import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CitationChips } from '@/shared/desk/citation-chips';
import { type Citation, citationOf } from '@/shared/desk/citations';
import type { Drafted } from '@/shared/desk/contract';
import { same } from '@/shared/desk/same';
import { formatPoint } from '@/shared/lib/geo';
import { hueOf } from '@/shared/map/features';
import { usePlayer } from '@/shared/player/context';
import { fragmentOf } from '@/shared/player/fragments';
import { shownFrame } from '@/shared/player/shown';
import { IconTrash } from '@/shared/ui/icons';

import type { LandmarkDraft, PlaceDraft } from './draft';
import styles from './place.module.css';

interface Props {
  readonly drafted: Drafted<PlaceDraft>;
  /** The pair whose point the next click on the map sets. */
  readonly placing: number | null;
  readonly onPlace: (index: number | null) => void;
}

/** Pairs of what is seen in the picture and on the map: the same number and colour on both sides. */
export function Landmarks({ drafted, placing, onPlace }: Props) {
  const { t } = useTranslation('place');
  const draft = drafted.value;
  const change = (index: number, part: Partial<LandmarkDraft>, cited?: Citation) => {
    const citations =
      cited && !draft.citations.some((one) => same(one, cited)) ? [...draft.citations, cited] : draft.citations;
    const landmarks = draft.landmarks.map((one, at) => (at === index ? { ...one, ...part } : one));
    drafted.set({ ...draft, citations, landmarks });
  };
  const still = useStill((index, seen) => change(index, { seen }, seen));
  const add = () => {
    drafted.set({ ...draft, landmarks: [...draft.landmarks, { at: null, seen: null, label: '' }] });
    onPlace(draft.landmarks.length);
  };
  const remove = (index: number) => {
    drafted.set({ ...draft, landmarks: draft.landmarks.filter((_, at) => at !== index) });
    onPlace(null);
    still.cancel();
  };
  return (
    <fieldset className={styles['group']}>
      <legend>{t('landmarks.title')}</legend>
      <p className={styles['dim']}>{t('landmarks.hint')}</p>
      <ol className={styles['pairs']}>
        {draft.landmarks.map((landmark, index) => {
          const seen = landmark.seen && draft.citations.some((one) => same(one, landmark.seen)) ? landmark.seen : null;
          const number = index + 1;
          return (
            // The number is what a pair is known by.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={index} data-hue={hueOf(number)}>
              <span className={styles['number']} aria-hidden>
                {number}
              </span>
              <TextInput
                aria-label={t('landmarks.label', { number })}
                placeholder={t('landmarks.what')}
                maxLength={300}
                value={landmark.label}
                onChange={(event) => change(index, { label: event.currentTarget.value })}
              />
              <ActionIcon aria-label={t('landmarks.remove', { number })} onClick={() => remove(index)}>
                <IconTrash size={15} />
              </ActionIcon>
              <div className={styles['sides']}>
                <Button
                  disabled={!still.isThere}
                  aria-pressed={still.awaited === index}
                  onClick={() => still.ask(index)}
                >
                  {t(still.awaited === index ? 'landmarks.drawing' : seen ? 'landmarks.stillAgain' : 'landmarks.still')}
                </Button>
                {seen ? (
                  <CitationChips citations={[seen]} />
                ) : (
                  <span className={styles['dim']}>{t('landmarks.unseen')}</span>
                )}
              </div>
              <div className={styles['sides']}>
                <Button aria-pressed={placing === index} onClick={() => onPlace(placing === index ? null : index)}>
                  {t(placing === index ? 'landmarks.clicking' : landmark.at ? 'landmarks.mapAgain' : 'landmarks.map')}
                </Button>
                {landmark.at ? (
                  <span className={styles['mono']}>{formatPoint(landmark.at)}</span>
                ) : (
                  <span className={styles['dim']}>{t('landmarks.unplaced')}</span>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      <Button onClick={add} disabled={draft.landmarks.length >= 50}>
        {t('landmarks.add')}
      </Button>
    </fieldset>
  );
}

/** Takes the rectangle somebody has drawn in the picture, or asks for one and takes it when it is there. */
function useStill(onSeen: (index: number, seen: Citation) => void) {
  const player = usePlayer();
  const [awaited, setAwaited] = useState<number | null>(null);
  const take = (index: number) => {
    const now = player?.state();
    const frame = now ? shownFrame(now) : null;
    // While another frame is on its way, the rectangle waits for it.
    if (!player || !now?.region || frame === null) return;
    onSeen(index, citationOf(player.original, fragmentOf(player, { from: frame, to: frame }, now.region)));
    player.setDrawing(false);
    player.setRegion(null);
    setAwaited(null);
  };
  const arrived = useEffectEvent(take);
  useEffect(() => {
    if (awaited === null || !player) return undefined;
    return player.subscribe(() => {
      const { region, drawing } = player.state();
      if (region && !drawing) arrived(awaited);
      // Put away without a rectangle: the next one that is drawn is meant for something else.
      else if (!drawing) setAwaited(null);
    });
  }, [awaited, player]);
  return {
    awaited,
    isThere: player !== null,
    /** What is drawn next is for no pair: their numbers have changed. */
    cancel: () => {
      if (awaited !== null) player?.setDrawing(false);
      setAwaited(null);
    },
    ask: (index: number) => {
      const isOver = awaited === index;
      // Before it is awaited: nothing has been drawn for it yet.
      if (!isOver && !player?.state().region) player?.setDrawing(true);
      if (isOver) player?.setDrawing(false);
      setAwaited(isOver ? null : index);
      if (!isOver && player?.state().region) take(index);
    },
  };
}
