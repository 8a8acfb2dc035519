import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { spansOf, stands } from '@/shared/desk/citations';
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
            {t('title')} <span className={styles['count']}>{notes.onVideo.length + notes.general.length}</span>
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
        {notes.onVideo.length + notes.general.length === 0 ? <p className={styles['dim']}>{t('empty')}</p> : null}
        {notes.onVideo.length > 0 ? (
          <ol className={styles['list']} aria-label={t('onVideo')}>
            {notes.onVideo.map((note) => (
              <NoteLine key={note.assertion} note={note} onRevise={setRevised} />
            ))}
          </ol>
        ) : null}
        {notes.general.length > 0 ? (
          <>
            <h3 className={styles['part']}>{t('general')}</h3>
            <ol className={styles['list']} aria-label={t('general')}>
              {notes.general.map((note) => (
                <NoteLine key={note.assertion} note={note} onRevise={setRevised} />
              ))}
            </ol>
          </>
        ) : null}
      </section>
    </div>
  );
}

/** Standing notes: those on the video by time, those on the whole by when they were said. */
function useNotesByTime(): { onVideo: Assertion[]; general: Assertion[] } {
  const { item } = useDesk();
  const player = usePlayer();
  const notes = item.assertions.filter((one) => one.kind === 'note' && stands(one));
  if (!player) return { onVideo: [], general: notes };
  const spans = spansOf(notes, player, item);
  const first = new Map(spans.toReversed().map((span) => [span.id.split('#')[0], span.from]));
  const at = (note: Assertion) => first.get(note.assertion) ?? 0;
  return {
    onVideo: notes.filter((note) => first.has(note.assertion)).toSorted((one, other) => at(one) - at(other)),
    general: notes.filter((note) => !first.has(note.assertion)),
  };
}
