import { Button, Checkbox, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { playbackQuery } from '@/api/queries';
import { type Citation, citationOf, textOf } from '@/shared/desk/citations';
import { CitationChips } from '@/shared/desk/citation-chips';
import { ConflictView } from '@/shared/desk/conflict-view';
import { type Assertion, type NewAssertion, useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { DraftState } from '@/shared/desk/draft-state';
import { usePlayer, usePlayerState } from '@/shared/player/context';
import { fragmentOf } from '@/shared/player/fragments';
import { useFailureWords } from '@/shared/ui/states';

import styles from './notes.module.css';

interface NoteDraft {
  readonly text: string;
  /** Whether it is about the whole item, whatever is marked. */
  readonly general: boolean;
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
  const here = useMarked();
  const draft = drafted.value;
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
          onChange={(event) => drafted.set({ ...draft, text: event.currentTarget.value })}
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

/** What is marked now, as a citation: the span and the region, or the frame shown where a region is drawn on it. */
function useMarked(): Citation | null {
  const { item } = useDesk();
  const player = usePlayer();
  const { data: playback } = useQuery(playbackQuery(item.item));
  const mark = usePlayerState((state) => state.mark);
  const region = usePlayerState((state) => state.region);
  const frame = usePlayerState((state) => (state.playing ? null : state.frame));
  if (!player || !playback?.original) return null;
  const at = mark ?? { from: frame ?? 0, to: frame ?? 0 };
  return citationOf(playback.original, fragmentOf(player, at, region));
}

/** A note as it is sent; its citation says where it belongs. */
export function noteOf(text: string, citations: readonly Citation[], supersedes: string | null): NewAssertion {
  return {
    kind: 'note',
    body: { text },
    citations: [...citations],
    ...(supersedes ? { supersedes } : {}),
  } as NewAssertion;
}
