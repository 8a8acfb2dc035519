import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { before } from '@/shared/desk/assertion-list';
import { CitationChips } from '@/shared/desk/citation-chips';
import { textOf } from '@/shared/desk/citations';
import { type Assertion, useDesk } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';

import styles from './notes.module.css';

/** One note: where, what, who, when; earlier wordings beneath. */
export function NoteLine({ note, onRevise }: { note: Assertion; onRevise: (note: Assertion) => void }) {
  const { t } = useTranslation('notes');
  const { item, locked } = useDesk();
  const earlier = before(note, item.assertions);
  return (
    <li className={styles['note']}>
      <CitationChips citations={note.citations} />
      <p className={styles['words']}>{textOf(note)}</p>
      <p className={styles['foot']}>
        <span>{note.author_name}</span>
        <Moment at={note.made_at} />
        {locked ? null : (
          <Button size="compact-xs" variant="subtle" onClick={() => onRevise(note)}>
            {t('reviseThis')}
          </Button>
        )}
      </p>
      {earlier.length > 0 ? (
        <details className={styles['dim']}>
          <summary>{t('earlier', { count: earlier.length })}</summary>
          {earlier.map((one) => (
            <p key={one.assertion} className={styles['words']}>
              {textOf(one)}
            </p>
          ))}
        </details>
      ) : null}
    </li>
  );
}
