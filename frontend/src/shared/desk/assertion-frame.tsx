import { Button, SegmentedControl, Select, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { isProblem } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import { useFailureWords } from '@/shared/ui/archive-words';

import { CitationPicker } from './citation-picker';
import type { CommonDraft, Confidence } from './common';
import { ConflictView } from './conflict-view';
import { type Assertion, type Drafted, type NewAssertion, useDesk } from './contract';
import styles from './desk.module.css';
import { DraftState } from './draft-state';
import { SayingFailure } from './saying-failure';

const CONFIDENCES: readonly Confidence[] = ['low', 'moderate', 'high'];

interface Props<D extends CommonDraft> {
  drafted: Drafted<D>;
  kind: 'place' | 'time' | 'unit' | 'content';
  /** The fields that this kind has of its own, as the archive takes them; null while they say nothing yet. */
  body: Readonly<Record<string, unknown>> | null;
  /** What the kind's own fields still lack, in words. */
  missing: readonly string[];
  onSaid?: (assertion: Assertion) => void;
  /** A draft of what stands now, so that a conflict can be settled field by field. */
  draftOf?: (assertion: Assertion) => D;
  /** The kind's own fields. */
  children?: ReactNode;
}

/** What every conclusion needs besides its own fields: why, how sure, what it rests on; and the saying itself. */
export function AssertionFrame<D extends CommonDraft>(props: Props<D>) {
  const { t } = useTranslation('desk');
  const { drafted, kind } = props;
  const desk = useDesk();
  const saying = useSaying(props);
  const draft = drafted.value;
  const set = (change: Partial<CommonDraft>) => drafted.set({ ...draft, ...change });
  const missing = [...props.missing, ...lacking(draft, kind).map((name) => t(`missing.${name}`))];
  const wrong = useFailureWords(saying.error).fields;
  const wrongWith = (name: string) => {
    const found = wrong.find(({ field }) => field === name)?.said;
    return found ? <span lang={found.lang}>{found.text}</span> : null;
  };
  const status = statusOf(draft);

  if (drafted.state === 'conflict' && drafted.theirs) {
    return (
      <ConflictView
        mine={draft}
        theirs={drafted.theirs}
        whose={t('conflict.otherWindow')}
        onSettle={(settled) => {
          drafted.set(settled);
          drafted.keep();
        }}
      />
    );
  }
  return (
    <form
      className={styles['frame']}
      onSubmit={(event) => {
        event.preventDefault();
        if (missing.length === 0 && !desk.locked) void saying.say();
      }}
    >
      {draft.supersedes ? (
        <p className={styles['dim']}>
          {t('frame.revises')}{' '}
          <button type="button" className={styles['link']} onClick={() => set({ supersedes: null })}>
            {t('frame.asNew')}
          </button>
        </p>
      ) : null}
      <fieldset className={styles['fields']} disabled={desk.locked !== null}>
        {props.children}
        <Textarea
          label={t('fields.reasoning')}
          description={t('frame.reasoningHint')}
          value={draft.reasoning}
          error={wrongWith('reasoning')}
          onChange={(event) => set({ reasoning: event.currentTarget.value })}
        />
        <Select
          label={t('fields.confidence')}
          placeholder={t('frame.choose')}
          data={CONFIDENCES.map((value) => ({ value, label: t(`confidence.${value}`) }))}
          value={draft.confidence}
          error={wrongWith('confidence')}
          onChange={(value) => set({ confidence: CONFIDENCES.find((one) => one === value) ?? null })}
        />
        <CitationPicker citations={draft.citations} onChange={(citations) => set({ citations })} />
        <div>
          <span id={`status-${kind}`} className={styles['label']}>
            {t('fields.status')}
          </span>
          <SegmentedControl
            aria-labelledby={`status-${kind}`}
            value={status}
            data={[
              { value: 'candidate', label: t('status.candidate') },
              { value: 'accepted', label: t('status.accepted') },
            ]}
            onChange={(value) => set({ status: value === 'accepted' ? 'accepted' : 'candidate' })}
          />
          <p className={styles['dim']}>{t(`frame.${status}`)}</p>
        </div>
      </fieldset>
      {saying.error ? (
        <SayingFailure error={saying.error} mine={draft} saying={saying} draftOf={props.draftOf} />
      ) : null}
      {desk.locked ? <p className={styles['care']}>{desk.locked}</p> : null}
      {missing.length > 0 ? (
        <div className={styles['missing']}>
          <p>{t('frame.missing')}</p>
          <ul>
            {missing.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </div>
      ) : null}
      <div className={styles['row']}>
        <Button
          type="submit"
          variant="filled"
          loading={saying.busy}
          disabled={missing.length > 0 || desk.locked !== null}
        >
          {t(status === 'accepted' ? 'frame.say' : 'frame.sayCandidate')}
        </Button>
        {drafted.state === 'clean' ? null : (
          <Button variant="subtle" color="gray" onClick={drafted.discard}>
            {t('frame.discard')}
          </Button>
        )}
        <DraftState drafted={drafted} />
      </div>
    </form>
  );
}

export interface Saying<D> {
  readonly error: unknown;
  readonly busy: boolean;
  say(supersedes?: string): Promise<void>;
  /** Goes on with a settled version in place of what stands now. */
  settle(draft: D, current: Assertion): void;
  forget(): void;
}

function useSaying<D extends CommonDraft>({ drafted, kind, body, onSaid }: Props<D>): Saying<D> {
  const desk = useDesk();
  const queries = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const draft = drafted.value;
  const later = useRef<((change: Partial<CommonDraft>) => void) | null>(null);
  useEffect(() => {
    later.current = (change) => drafted.set({ ...drafted.value, ...change });
  });
  return {
    error,
    busy,
    forget: () => setError(null),
    settle: (settled, current) => {
      drafted.set({ ...settled, supersedes: current.assertion });
      setError(null);
    },
    say: async (supersedes = draft.supersedes ?? undefined) => {
      setBusy(true);
      setError(null);
      try {
        const said = await desk.say(asSaid(kind, body ?? {}, draft, supersedes ?? null));
        // Letters typed while it was under way revise what was said.
        if (drafted.said(draft)) later.current?.({ supersedes: said.assertion });
        onSaid?.(said);
      } catch (failure) {
        setError(failure);
        if (isProblem(failure, 'stale'))
          void queries.invalidateQueries({ queryKey: itemQuery(desk.item.item).queryKey });
      } finally {
        setBusy(false);
      }
    },
  };
}

/** The assertion as it is sent: the kind's own fields with the common ones. */
export function asSaid(
  kind: NewAssertion['kind'],
  body: Readonly<Record<string, unknown>>,
  draft: CommonDraft,
  supersedes: string | null,
): NewAssertion {
  const { reasoning, confidence, citations } = draft;
  const whole = { ...body, reasoning: reasoning.trim(), confidence, status: statusOf(draft) };
  return {
    kind,
    body: whole,
    citations: [...citations],
    ...(supersedes ? { supersedes } : {}),
  } as unknown as NewAssertion;
}

function statusOf(draft: CommonDraft): 'candidate' | 'accepted' {
  return draft.status ?? (draft.citations.length > 0 ? 'accepted' : 'candidate');
}

function lacking(draft: CommonDraft, kind: Props<CommonDraft>['kind']): ('reasoning' | 'confidence' | 'citations')[] {
  if (kind === 'content') return [];
  return [
    ...(draft.reasoning.trim() ? [] : (['reasoning'] as const)),
    ...(draft.confidence ? [] : (['confidence'] as const)),
    ...(statusOf(draft) === 'accepted' && draft.citations.length === 0 ? (['citations'] as const) : []),
  ];
}
