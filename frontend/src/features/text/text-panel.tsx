import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useDesk } from '@/shared/desk/contract';
import { useSaid } from '@/shared/ui/archive-words';
import { InWords } from '@/shared/ui/cause';
import { IconSearch } from '@/shared/ui/icons';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { LineRow } from './line-row';
import { type Line, linesOf, type Reading, useReadings } from './reading';
import styles from './text.module.css';

const SHOWN = 200;

/** What can be read and heard in the video: by machines, and marked as such, until a person says it themselves. */
export function TextPanel() {
  const { t } = useTranslation('text');
  const { item } = useDesk();
  const readings = useReadings(item);
  const [sought, setSought] = useState('');
  if (readings.error) return <FailureMessage error={readings.error} retry={() => void readings.refetch()} />;
  if (!readings.data) return <Bones />;
  if (readings.data.length === 0) return <p className={styles['dim']}>{t('nothing')}</p>;
  const hasLines = readings.data.some(({ seen, heard }) => seen.length + heard.length > 0);
  return (
    <div className={styles['panel']}>
      <p className={styles['dim']}>{t('about')}</p>
      {hasLines ? (
        <TextInput
          type="search"
          aria-label={t('find')}
          placeholder={t('find')}
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      ) : null}
      {readings.data.map((reading) => (
        <Read
          key={`${reading.original}/${reading.kind}`}
          reading={reading}
          sought={sought}
          isOneOfSeveral={new Set(readings.data.map(({ original }) => original)).size > 1}
        />
      ))}
    </div>
  );
}

function Read({ reading, sought, isOneOfSeveral }: { reading: Reading; sought: string; isOneOfSeveral: boolean }) {
  const { t } = useTranslation('text');
  const lines = linesOf(reading).filter(({ text }) => plain(text).includes(plain(sought)));
  const sure = lines.filter(({ isSure }) => isSure);
  const unsure = lines.filter(({ isSure }) => !isSure);
  const isRead = reading.outcome === 'read' || reading.outcome === 'heard';
  const saidOf = useSaid();
  const words = t(`outcomes.${reading.outcome}`, { by: instrumentOf(reading), defaultValue: '' });
  return (
    <section className={styles['reading']} aria-label={t(`kinds.${reading.kind}`)}>
      <h3>
        {t(`kinds.${reading.kind}`)} <span className={styles['machine']}>{t('machine')}</span>
      </h3>
      {isOneOfSeveral ? <p className={styles['mono']}>sha256:{reading.original.slice(0, 12)}…</p> : null}
      <div className={isRead ? styles['dim'] : styles['care']}>
        <InWords said={isRead || !words ? saidOf(words, reading.sentence) : { text: words }} />
      </div>
      {reading.product && sure.length === 0 ? (
        <p className={styles['dim']}>{t(sought ? 'noMatch' : 'noLines')}</p>
      ) : null}
      <Rows reading={reading} lines={sure} />
      {unsure.length > 0 ? (
        <details>
          <summary className={styles['summary']}>{t('unsure', { count: unsure.length })}</summary>
          <p className={styles['care']}>{t('unsureHint')}</p>
          <Rows reading={reading} lines={unsure} />
        </details>
      ) : null}
      {reading.is_cut ? <p className={styles['care']}>{t('cut')}</p> : null}
    </section>
  );
}

/** What has read or heard it, with its version. */
function instrumentOf({ kind, versions }: Reading): string {
  if (kind === 'ocr') return ['Tesseract', versions['tesseract']].filter(Boolean).join(' ');
  return versions['model']?.split(' ')[0] ?? '?';
}

/** Some rows at a time: a long video has thousands. */
function Rows({ reading, lines }: { reading: Reading; lines: readonly Line[] }) {
  const { t } = useTranslation('text');
  const [shown, setShown] = useState(SHOWN);
  if (lines.length === 0) return null;
  return (
    <>
      <ol className={styles['lines']}>
        {lines.slice(0, shown).map((line) => (
          <LineRow key={line.number} reading={reading} line={line} />
        ))}
      </ol>
      {lines.length > shown ? (
        <button type="button" className={styles['link']} onClick={() => setShown(shown + SHOWN)}>
          {t('more', { count: lines.length - shown })}
        </button>
      ) : null}
    </>
  );
}

/** Letters as they are compared: without case, and with the letters that people write for each other made one. */
function plain(text: string): string {
  return text.toLocaleLowerCase('uk').replaceAll('ё', 'е').normalize('NFC').trim();
}
