import { Button, Checkbox, Textarea } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { type Citation, textOf } from '@/shared/desk/citations';
import { CitationChips } from '@/shared/desk/citation-chips';
import { ConflictView } from '@/shared/desk/conflict-view';
import { type Assertion, type NewAssertion, useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { DraftState } from '@/shared/desk/draft-state';
import { same } from '@/shared/desk/same';
import { useFailureWords } from '@/shared/ui/archive-words';

import styles from './notes.module.css';
import { useMarked, useShown } from './use-marked';

interface NoteDraft {
  readonly text: string;
  /** Whether it is about the whole item, whatever is marked. */
  readonly general: boolean;
  /** What was marked, or seen, when the writing began; it stays while the video goes on. */
  readonly on: Citation | null;
}

const EMPTY: NoteDraft = { text: '', general: false, on: null };

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
    revised ? { text: textOf(revised), general: revised.citations.length === 0, on: null } : EMPTY,
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const failure = useFailureWords(error);
  const marked = useMarked();
  const draft = drafted.value;
  const hasBegun = draft.text.trim() !== '';
  const isOpen = !revised && !draft.general && hasBegun && !draft.on;
  // The frame that was asked for when the writing began may still be on its way.
  const [isWaiting, setWaiting] = useState(false);
  const isUnsettled = isWaiting && isOpen;
  useShown(isUnsettled, () => {
    const on = marked.now();
    if (on) drafted.set({ ...draft, on });
  });
  const about = hasBegun ? draft.on : marked.shown;
  const citations = revised ? (revised.citations as unknown as Citation[]) : draft.general || !about ? [] : [about];
  const write = (text: string) => {
    if (revised) return drafted.set({ ...draft, text });
    if (!text.trim()) {
      setWaiting(false);
      return drafted.set({ ...draft, text, on: null });
    }
    const on = draft.on ?? (hasBegun ? null : marked.now());
    if (!hasBegun) setWaiting(on === null && marked.canBe);
    return drafted.set({ ...draft, text, on });
  };

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
        if (hasBegun && !isUnsettled && !desk.locked) void say();
      }}
    >
      <fieldset disabled={desk.locked !== null}>
        <Textarea
          ref={field}
          label={revised ? t('revise') : t('new')}
          description={t('among')}
          value={draft.text}
          onChange={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            if (event.key === 'Escape') event.currentTarget.blur();
          }}
        />
        {(about || marked.canBe) && !revised ? (
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
      {isUnsettled ? <p className={styles['dim']}>{t('waiting')}</p> : null}
      {hasBegun && !isUnsettled && !revised && citations.length === 0 ? (
        <p className={styles['dim']}>{t('onWhole')}</p>
      ) : null}
      {hasBegun && !revised && !draft.general && marked.shown && !same(marked.shown, draft.on) ? (
        <div className={styles['on']}>
          <Button onClick={() => drafted.set({ ...draft, on: marked.shown })}>{t('putHere')}</Button>
          <CitationChips citations={[marked.shown]} />
        </div>
      ) : null}
      {desk.locked ? <p className={styles['dim']}>{desk.locked}</p> : null}
      {error ? (
        <p role="alert" className={styles['bad']}>
          {failure.line} {t('kept')}
        </p>
      ) : null}
      <div className={styles['row']}>
        <Button
          type="submit"
          variant="filled"
          loading={busy}
          disabled={!hasBegun || isUnsettled || desk.locked !== null}
        >
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

/** A note as it is sent; its citation says where it belongs. */
export function noteOf(text: string, citations: readonly Citation[], supersedes: string | null): NewAssertion {
  return {
    kind: 'note',
    body: { text },
    citations: [...citations],
    ...(supersedes ? { supersedes } : {}),
  } as NewAssertion;
}
