import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { AssertionList } from '@/shared/desk/assertion-list';
import { stands } from '@/shared/desk/citations';
import { type Assertion, useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { boundOf, keptBound } from '@/shared/desk/filmed';
import { NotDeterminable } from '@/shared/desk/not-determinable';
import { useReplacing } from '@/shared/desk/replacing';
import { type Bound, contradictions, intersection, isOpenLatest, type Span } from '@/shared/lib/bounds';

import {
  type About,
  ABOUTS,
  draftOf,
  EMPTY,
  METHODS,
  middleOf,
  spanOf,
  type TimeDraft,
  typedEnd,
  typedStart,
} from './draft';
import { SunTool } from './sun-tool';
import { type DrawnBound, TimeAxis } from './time-axis';
import { TimeForm } from './time-form';
import { SpanShown, TimeSaid } from './time-said';
import styles from './time.module.css';
import { cameraOf, type Offer, offersOf, useLocalTime, useTyped } from './use-time';

/** When it was: every clue is a bound, and the answer is what all of them leave. */
export function TimePanel() {
  const { t } = useTranslation('time');
  const { item, locked } = useDesk();
  const drafted = useDraft<TimeDraft>('time', EMPTY);
  const replacing = useReplacing(drafted);
  const [isOpen, setOpen] = useState(false);
  const isEditing = (isOpen || drafted.state !== 'clean') && !locked;
  const draft = drafted.value;

  const place = cameraOf(item.assertions);
  const local = useLocalTime(place);
  const zone = draft.tz ?? local.zone;
  const readIn = draft.tz ?? (local.isKnown ? local.zone : null);
  const [earliest, latest] = [useTyped(draft.earliest, readIn), useTyped(draft.latest, readIn)];
  const span = spanOf(earliest, latest);
  const standing = item.assertions.filter((one) => one.kind === 'time' && stands(one));
  const typed = isEditing && span ? { about: draft.about, supersedes: draft.supersedes, span } : null;

  const suggest = (change: Partial<TimeDraft>) => {
    replacing.replace({ ...EMPTY, tz: draft.tz, ...change }, () => setOpen(true));
  };
  const taken = (offer: Offer) =>
    standing.some((one) => boundOf(one)?.latest === offer.at + 999 && one.body['method'] === offer.method);
  const offers = isEditing || locked ? [] : offersOf(item).filter((offer) => !taken(offer));
  const found = intersection(standing.flatMap((one) => (one.body['about'] === 'capture' ? (boundOf(one) ?? []) : [])));
  const around = middleOf(found) ?? Date.parse(item.published_at ?? item.created_at);
  return (
    <div className={styles['panel']}>
      <p className={styles['dim']}>
        {local.of ? t('zoneOf', { place: local.of, zone: local.zone }) : t('zoneUnknown')}
      </p>
      <Stacks standing={standing} typed={typed} kept={keptBound(item)} zone={local.zone} />
      {offers.map((offer) => (
        <div key={offer.kind} className={styles['offer']}>
          <div>
            <p>{t(`offer.${offer.kind}`)}</p>
            <SpanShown span={{ earliest: offer.at, latest: offer.at }} zone={local.zone} />
          </div>
          <Button
            onClick={() =>
              suggest({
                latest: typedEnd(offer.at + 999, local.zone),
                method: offer.method,
                reasoning: t(`offer.${offer.kind}Reasoning`),
                ...(item.source && offer.kind === 'published' ? { citations: [{ target: item.source }] } : {}),
              })
            }
          >
            {t('useAsBound')}
          </Button>
        </div>
      ))}
      <AssertionList
        kind="time"
        render={(assertion) => <TimeSaid assertion={assertion} zone={local.zone} />}
        onRevise={(assertion) => suggest(draftOf(assertion))}
      />
      {replacing.dialog}
      {isEditing ? (
        <section className={styles['form']} aria-labelledby="time-form">
          <h3 id="time-form" tabIndex={-1} ref={isOpen ? focus : null}>
            {t(draft.supersedes ? 'revise' : 'add')}
          </h3>
          <TimeForm
            drafted={drafted}
            local={local}
            zone={zone}
            earliest={earliest}
            latest={latest}
            span={span}
            kept={keptBound(item)}
            onSaid={() => setOpen(false)}
          />
          {drafted.state === 'clean' ? (
            <Button variant="subtle" color="gray" onClick={() => setOpen(false)}>
              {t('cancel')}
            </Button>
          ) : null}
        </section>
      ) : locked ? null : (
        <div>
          <Button variant="filled" onClick={() => setOpen(true)}>
            {t('add')}
          </Button>
        </div>
      )}
      <details className={styles['tool']}>
        <summary>{t('sun.title')}</summary>
        <SunTool
          place={place}
          zone={local.zone}
          around={around}
          onBound={(fitting, reasoning) => {
            const bounds = {
              earliest: typedStart(fitting.earliest, local.zone),
              latest: typedEnd(Math.floor(fitting.latest / 1000) * 1000 + 999, local.zone),
            };
            if (!isEditing) return suggest({ ...bounds, method: 'shadow', reasoning });
            // Somebody is writing already: their words stay, and the sun's come after them.
            const words = draft.reasoning.includes(reasoning) ? [draft.reasoning] : [draft.reasoning, reasoning];
            const method = draft.method || 'shadow';
            return drafted.set({ ...draft, ...bounds, method, reasoning: words.filter(Boolean).join('\n\n') });
          }}
        />
      </details>
      <NotDeterminable question="time" />
    </div>
  );
}

interface Typed {
  readonly about: About;
  readonly supersedes: string | null;
  readonly span: Span;
}

/** One stack for each moment that is meant: they are never the same thing. */
function Stacks(props: { standing: readonly Assertion[]; typed: Typed | null; kept: Bound | null; zone: string }) {
  const { standing, typed, kept, zone } = props;
  const { t } = useTranslation('time');
  return ABOUTS.map((about) => {
    const said = standing
      .filter((one) => one.body['about'] === about && one.assertion !== typed?.supersedes)
      .flatMap((one): DrawnBound[] => {
        const bound = boundOf(one);
        const method = String(one.body['method']);
        const words = METHODS.some((known) => known === method) ? t(`method.${method}`) : method;
        return bound ? [{ ...bound, words, isAccepted: one.body['status'] === 'accepted' }] : [];
      });
    const mine: DrawnBound[] =
      typed?.about === about
        ? [{ ...typed.span, id: 'draft', words: t('axis.draft'), isAccepted: false, isDraft: true }]
        : [];
    // What is kept had been filmed before: drawn where something is said that reaches beyond.
    const reaches = [...said, ...mine].some(
      (one) => kept && (one.earliest > kept.latest || (one.latest > kept.latest && !isOpenLatest(one))),
    );
    const end: DrawnBound[] =
      about === 'capture' && kept && reaches ? [{ ...kept, words: t('axis.kept'), isAccepted: true }] : [];
    const bounds = [...said, ...mine, ...end];
    return bounds.length === 0 ? null : <Stack key={about} about={about} bounds={bounds} zone={zone} />;
  });
}

function Stack({ about, bounds, zone }: { about: About; bounds: readonly DrawnBound[]; zone: string }) {
  const { t } = useTranslation('time');
  const [near, setNear] = useState(false);
  const left = intersection(bounds);
  return (
    <section className={styles['stack']} aria-label={t(`about.${about}`)}>
      <header>
        <h3>{t(`about.${about}`)}</h3>
        {left && bounds.length > 1 ? (
          <SegmentedControl
            aria-label={t('axis.range')}
            value={near ? 'near' : 'all'}
            data={[
              { value: 'all', label: t('axis.all') },
              { value: 'near', label: t('axis.near') },
            ]}
            onChange={(value) => setNear(value === 'near')}
          />
        ) : null}
      </header>
      <TimeAxis bounds={bounds} zone={zone} near={near} />
      {left ? (
        <div className={styles['answer']}>
          <span className={styles['dim']}>{t(bounds.length > 1 ? 'axis.leaves' : 'axis.one')}</span>
          <SpanShown span={left} zone={zone} />
        </div>
      ) : (
        <div className={styles['conflict']} role="status">
          <p>{t('conflict.title')}</p>
          <ul>
            {contradictions(bounds).map(([one, other]) => (
              <li key={`${one.id} ${other.id}`}>{t('conflict.pair', { one: one.words, other: other.words })}</li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

/** Whoever has asked for the form is taken to it. */
function focus(heading: HTMLElement | null): void {
  heading?.focus();
}
