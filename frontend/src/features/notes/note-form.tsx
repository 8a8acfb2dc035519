import { Button, Checkbox, Textarea } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Citation, citationOf, textOf } from '@/shared/desk/citations';
import { CitationChips } from '@/shared/desk/citation-chips';
import { ConflictView } from '@/shared/desk/conflict-view';
import { type Assertion, type NewAssertion, useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { DraftState } from '@/shared/desk/draft-state';
import { usePlayer, usePlayerState } from '@/shared/player/context';
import type { PlayerState } from '@/shared/player/contract';
import { fragmentOf } from '@/shared/player/fragments';
import { useFailureWords } from '@/shared/ui/states';

import styles from './notes.module.css';

interface NoteDraft {
  readonly text: string;
  /** Whether it is about the whole item, whatever is marked. */
  readonly general: boolean;
  /** The frame that was on the screen when its first letter was typed; absent where nothing was. */
  readonly begunOn?: number | null;
}

const EMPTY: NoteDraft = { text: '', general: false };

/** A new note on what is marked or shown now, or the revision of one; a draft of its own for each. */
export function NoteForm({
  field,
  revised,
  onDone,
}: {
  field: RefObject<HTMLTextAreaElement | null>;
  revised: Assertion | null;
  onDone: () => void;
}) {
  const { t } = useTranslation('notes');
  const desk = useDesk();
  const drafted = useDraft<NoteDraft>(
    revised ? `note.${revised.assertion}` : 'note',
    revised ? { text: textOf(revised), general: revised.citations.length === 0 } : EMPTY,
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const failure = useFailureWords(error);
  const draft = drafted.value;
  const player = usePlayer();
  const here = useMarked(draft.begunOn ?? null);
  const elsewhere = useElsewhere(draft.begunOn ?? null);
  const citations = revised ? (revised.citations as unknown as Citation[]) : draft.general || !here ? [] : [here];

  const say = async () => {
    setBusy(true);
    setError(null);
    try {
      await desk.say(noteOf(draft.text.trim(), citations, revised?.assertion ?? null));
      if (!drafted.said(draft)) onDone();
    } catch (refusal) {
      setError(refusal);
    } finally {
      setBusy(false);
    }
  };

  if (drafted.state === 'conflict' && drafted.theirs) {
    return (
      <ConflictView
        mine={draft}
        theirs={drafted.theirs}
        whose={t('otherWindow')}
        onSettle={(settled) => {
          drafted.set(settled);
          drafted.keep();
        }}
      />
    );
  }
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.text.trim() && !desk.locked) void say();
      }}
    >
      <fieldset disabled={desk.locked !== null}>
        <Textarea
          ref={field}
          label={revised ? t('revise') : t('new')}
          description={t('among')}
          value={draft.text}
          onChange={({ currentTarget: { value: text } }) =>
            drafted.set({ ...draft, text, begunOn: text ? (draft.begunOn ?? player?.state().shown ?? null) : null })
          }
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        {here && !revised ? (
          <Checkbox
            label={t('whole')}
            checked={draft.general}
            onChange={(event) => drafted.set({ ...draft, general: event.currentTarget.checked })}
          />
        ) : null}
      </fieldset>
      {citations.length > 0 ? (
        <div className={styles['on']}>
          <span>{t('on')}</span> <CitationChips citations={citations} />
          {elsewhere === null || revised || draft.general ? null : (
            <Button variant="subtle" onClick={() => drafted.set({ ...draft, begunOn: elsewhere })}>
              {t('pinHere', { frame: elsewhere })}
            </Button>
          )}
        </div>
      ) : null}
      {desk.locked ? <p className={styles['dim']}>{desk.locked}</p> : null}
      {error ? (
        <p role="alert" className={styles['bad']}>
          {failure.title}. {failure.detail} {t('kept')}
        </p>
      ) : null}
      <div className={styles['row']}>
        <Button type="submit" variant="filled" loading={busy} disabled={!draft.text.trim() || desk.locked !== null}>
          {revised ? t('sayRevised') : t('say')}
        </Button>
        {revised ? (
          <Button variant="subtle" color="gray" onClick={onDone}>
            {t('cancel')}
          </Button>
        ) : null}
        <DraftState drafted={drafted} />
      </div>
    </form>
  );
}

/**
 * What a note is about, as a citation: the marked span, else the frame a region was drawn on, else the frame that was
 * on the screen when the note was begun, else the one shown while nothing plays.
 */
function useMarked(begunOn: number | null): Citation | null {
  const player = usePlayer();
  const mark = usePlayerState((state) => state.mark);
  const region = usePlayerState((state) => state.region);
  const regionOn = usePlayerState((state) => state.regionOn);
  const shown = usePlayerState(shownAtRest);
  const frame = region ? regionOn : (begunOn ?? shown);
  const at = mark ?? (frame === null ? null : { from: frame, to: frame });
  if (!player?.original || !at) return null;
  return citationOf(player.original, fragmentOf(player, at, region));
}

/** The frame shown now, where a begun note is about another one and nothing is marked; null otherwise. */
function useElsewhere(begunOn: number | null): number | null {
  const marked = usePlayerState((state) => state.mark !== null || state.region !== null);
  const shown = usePlayerState(shownAtRest);
  return marked || begunOn === null || shown === begunOn ? null : shown;
}

/** A moving picture does not render a form again at every frame. */
const shownAtRest = (state: PlayerState) => (state.playing ? null : state.shown);

/** A note as it is sent; its citation says where it belongs. */
export function noteOf(text: string, citations: readonly Citation[], supersedes: string | null): NewAssertion {
  return {
    kind: 'note',
    body: { text },
    citations: [...citations],
    ...(supersedes ? { supersedes } : {}),
  } as NewAssertion;
}
