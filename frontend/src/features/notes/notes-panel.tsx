import { Button } from '@mantine/core';
import { Fragment, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { readCitation, spansOf, stands } from '@/shared/desk/citations';
import { type Assertion, useDesk } from '@/shared/desk/contract';
import { useWish } from '@/shared/desk/wish';
import { usePlayer } from '@/shared/player/context';
import { IconDownload } from '@/shared/ui/icons';

import { NoteForm } from './note-form';
import { NoteLine } from './note-line';
import styles from './notes.module.css';

/** Remarks among reviewers, each on its stretch of the video or on the whole of it, in the order of the video. */
export function NotesPanel() {
  const { t } = useTranslation('notes');
  const { item } = useDesk();
  const [revised, setRevised] = useState<Assertion | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const notes = useNotesByTime();
  useWish('note', () => field.current?.focus());
  return (
    <div className={styles['panel']}>
      <NoteForm key={revised?.assertion ?? 'new'} field={field} revised={revised} onDone={() => setRevised(null)} />
      <section>
        <header className={styles['head']}>
          <h2>
            {t('title')} <span className={styles['count']}>{notes.count}</span>
          </h2>
          <Button
            component="a"
            variant="subtle"
            color="gray"
            href={`/api/v1/items/${item.item}/annotations`}
            download={`${item.item}-annotations.jsonld`}
            leftSection={<IconDownload size={14} />}
          >
            {t('download')}
          </Button>
        </header>
        {notes.count === 0 ? <p className={styles['dim']}>{t('empty')}</p> : null}
        {notes.onVideo.length > 0 ? <Lines label={t('onVideo')} notes={notes.onVideo} onRevise={setRevised} /> : null}
        {(['elsewhere', 'general'] as const).map((part) =>
          notes[part].length > 0 ? (
            <Fragment key={part}>
              <h3 className={styles['part']}>{t(part)}</h3>
              <Lines label={t(part)} notes={notes[part]} onRevise={setRevised} />
            </Fragment>
          ) : null,
        )}
      </section>
    </div>
  );
}

function Lines(props: { label: string; notes: readonly Assertion[]; onRevise: (note: Assertion) => void }) {
  return (
    <ol className={styles['list']} aria-label={props.label}>
      {props.notes.map((note) => (
        <NoteLine key={note.assertion} note={note} onRevise={props.onRevise} />
      ))}
    </ol>
  );
}

/** Standing notes: those on the video by time; those on what is not shown, and on the whole, by when they were said. */
function useNotesByTime() {
  const { item } = useDesk();
  const player = usePlayer();
  const notes = item.assertions.filter((one) => one.kind === 'note' && stands(one));
  const spans = player ? spansOf(notes, player, item) : [];
  const first = new Map(spans.toReversed().map((span) => [span.id.split('#')[0], span.from]));
  const at = (note: Assertion) => first.get(note.assertion) ?? 0;
  const others = notes.filter((note) => !first.has(note.assertion));
  return {
    count: notes.length,
    onVideo: notes.filter((note) => first.has(note.assertion)).toSorted((one, other) => at(one) - at(other)),
    elsewhere: others.filter(isOnPart),
    general: others.filter((note) => !isOnPart(note)),
  };
}

/** Whether a note is about a part of a file, shown or not. */
function isOnPart({ body, citations }: Assertion): boolean {
  return typeof body['segment'] === 'string' || citations.some((one) => readCitation(one).fragment?.time);
}
