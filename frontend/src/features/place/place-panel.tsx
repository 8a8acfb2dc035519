import { Button } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { AssertionList } from '@/shared/desk/assertion-list';
import { stands } from '@/shared/desk/citations';
import { useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { useReplacing } from '@/shared/desk/replacing';
import { NotDeterminable } from '@/shared/desk/not-determinable';
import { bearingDeg, type Box, type Point } from '@/shared/lib/geo';
import { MapView } from '@/shared/map/map';
import { type FoundPlace, PlaceSearch } from '@/shared/map/place-search';

import { draftOf, EMPTY, landmarksOf, type PlaceDraft, pointOf, statedPlace } from './draft';
import { boundsOf, DRAFT, HANDLE, landmarkIndex, reachIn, sceneOf } from './drawn';
import { Landmarks } from './landmarks';
import { PlaceForm } from './place-form';
import { PlaceSaid } from './place-said';
import styles from './place.module.css';

/** Where it was filmed, and what is seen: a map, what stands, and the form for saying more. */
export function PlacePanel() {
  const { t } = useTranslation('place');
  const { item, locked } = useDesk();
  const drafted = useDraft<PlaceDraft>('place', EMPTY);
  const replacing = useReplacing(drafted);
  const [isOpen, setOpen] = useState(false);
  const [placing, setPlacing] = useState<number | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [looking, setLooking] = useState<Box | null>(null);
  const [view, setView] = useState<Box | null>(null);
  const isEditing = (isOpen || drafted.state !== 'clean') && !locked;
  const draft = drafted.value;

  const standing = item.assertions.filter((one) => one.kind === 'place' && stands(one));
  const places = standing.flatMap((one) => statedPlace(one) ?? []);
  const shown =
    standing.find(({ assertion }) => assertion === chosen) ??
    standing.findLast(({ body }) => body['role'] === 'camera');
  const pairs = isEditing
    ? draft.landmarks
    : (shown ? landmarksOf(shown) : []).map(({ lat, lon, label }) => ({
        at: { lat, lon },
        seen: null,
        label: label ?? '',
      }));
  const scene = sceneOf(places, isEditing ? draft : null, pairs, reachIn(view), {
    role: (role) => t(`role.${role}`),
    letter: (role) => t(`letter.${role}`),
    heading: t('direction.handle'),
    landmark: (number, label) => (label ? `${number}, ${label}` : t('landmarks.number', { number })),
  });

  const put = (id: string, at: Point) => {
    const index = landmarkIndex(id);
    const from = pointOf(draft);
    if (id === HANDLE && from) drafted.set({ ...draft, heading_deg: Math.round(bearingDeg(from, at) * 10) / 10 });
    else if (index !== null)
      drafted.set({ ...draft, landmarks: draft.landmarks.map((one, n) => (n === index ? { ...one, at } : one)) });
    else if (id === DRAFT) drafted.set({ ...draft, ...at, coordinate_as_typed: '' });
  };
  const click = (at: Point) => {
    put(placing === null ? DRAFT : `landmark-${placing}`, at);
    setPlacing(null);
  };
  const find = ({ at, name, radiusM, typed }: FoundPlace) => {
    const around = { id: 'found', role: 'claimed', at, radiusM: Math.max(radiusM ?? 2000, 300) } as const;
    setLooking(boundsOf([{ ...around, headingDeg: null, headingErrDeg: null, fovDeg: null, isAccepted: false }]));
    if (!isEditing || placing !== null) return;
    drafted.set({
      ...draft,
      ...at,
      coordinate_as_typed: typed ?? '',
      radius_m: radiusM ?? draft.radius_m,
      name_as_written: draft.name_as_written || (name ?? ''),
    });
  };
  const close = () => {
    setOpen(false);
    setPlacing(null);
  };
  return (
    <div className={styles['panel']}>
      <div className={styles['map']}>
        <MapView
          label={t('map')}
          points={scene.points}
          circles={scene.circles ?? []}
          wedges={scene.wedges ?? []}
          lines={scene.lines ?? []}
          movable={scene.movable}
          bounds={looking ?? boundsOf(places)}
          onMove={setView}
          onPick={setChosen}
          onDrag={put}
          hint={isEditing ? hintOf(draft, placing, t) : null}
          {...(isEditing ? { onClick: click } : {})}
        />
      </div>
      <PlaceSearch onPick={find} />
      <AssertionList
        kind="place"
        render={(assertion) => <PlaceSaid assertion={assertion} />}
        onRevise={(assertion) => replacing.replace(draftOf(assertion), () => setOpen(true))}
      />
      {replacing.dialog}
      {isEditing ? (
        <section className={styles['form']} aria-labelledby="place-form">
          <h3 id="place-form" tabIndex={-1} ref={isOpen ? focus : null}>
            {t(draft.supersedes ? 'revise' : 'add')}
          </h3>
          <PlaceForm drafted={drafted} places={places} onSaid={close}>
            <Landmarks drafted={drafted} placing={placing} onPlace={setPlacing} />
          </PlaceForm>
          {drafted.state === 'clean' ? (
            <Button variant="subtle" color="gray" onClick={close}>
              {t('cancel')}
            </Button>
          ) : null}
        </section>
      ) : locked ? null : (
        <div className={styles['sides']}>
          <Button variant="filled" onClick={() => setOpen(true)}>
            {t('add')}
          </Button>
        </div>
      )}
      <NotDeterminable question="place" />
    </div>
  );
}

/** What a click on the map does now. */
function hintOf(draft: PlaceDraft, placing: number | null, t: TFunction<'place'>): string {
  if (placing !== null) return t('hint.landmark', { number: placing + 1 });
  return pointOf(draft) ? t('hint.move') : t('hint.place', { role: t(`role.${draft.role}`) });
}

/** Whoever has asked for the form is taken to it. */
function focus(heading: HTMLElement | null): void {
  heading?.focus();
}
