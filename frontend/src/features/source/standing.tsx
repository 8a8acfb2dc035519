import { useTranslation } from 'react-i18next';

import { type Item, useDesk } from '@/shared/desk/contract';
import { endingOf } from '@/shared/desk/ending';
import { bytesInWords } from '@/shared/lib/bytes';
import { IconAlert, IconCheck, IconClock, IconX } from '@/shared/ui/icons';

import { once } from './once';
import styles from './source.module.css';

const SIGNS = {
  erased: { tone: 'care', sign: <IconAlert size={16} aria-hidden="true" /> },
  lost: { tone: 'bad', sign: <IconX size={16} aria-hidden="true" /> },
  kept: { tone: 'good', sign: <IconCheck size={16} aria-hidden="true" /> },
  partial: { tone: 'care', sign: <IconAlert size={16} aria-hidden="true" /> },
  nothing: { tone: 'bad', sign: <IconX size={16} aria-hidden="true" /> },
  notYet: { tone: 'going', sign: <IconClock size={16} aria-hidden="true" /> },
} as const;

/** Whether it is safe: what is kept of it, as far as the archive knows now. */
export function Standing() {
  const { t, i18n } = useTranslation('source');
  const { item } = useDesk();
  const originals = once(item.files.filter(({ role }) => role === 'original'));
  const bytes = originals.reduce((sum, { size_bytes }) => sum + (size_bytes ?? 0), 0);
  const lost = originals.filter(({ is_lost }) => is_lost).length;
  const kept = lost > 0 ? 'lost' : keptOf(item, originals.length);
  const { tone, sign } = SIGNS[kept];
  const words = {
    count: kept === 'lost' ? lost : originals.length,
    size: bytesInWords(bytes, i18n.language),
    outcome: item.outcome ? t(`outcomes.${endingOf(item.outcome, item.supplied)}`) : '',
  };
  return (
    <>
      <p className={styles['standing']} data-tone={tone}>
        {sign} {t(`standing.${kept}`, words)}
      </p>
      <AtRest />
    </>
  );
}

/** Sealed testimony lies as ciphertext; while the keeper is at it, how far it has come. */
function AtRest() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const files = once([...item.files, ...item.products].filter(({ sha256 }) => sha256));
  if (item.sensitivity !== 'sealed' || item.erased_at || files.length === 0) return null;
  const done = files.filter(({ is_enciphered }) => is_enciphered).length;
  return (
    <p className={styles['dim']}>
      {t(done === files.length ? 'atRest.done' : 'atRest.going', { done, count: files.length })}
    </p>
  );
}

function keptOf(item: Item, originals: number): Exclude<keyof typeof SIGNS, 'lost'> {
  if (item.erased_at) return 'erased';
  if (originals === 0) return item.outcome ? 'nothing' : 'notYet';
  // What somebody supplied is kept whole, whatever can be read of it.
  const ends = item.captures.map(({ outcome, supplied }) => (supplied ? 'captured' : outcome));
  return ends.includes('partial') && !ends.includes('captured') ? 'partial' : 'kept';
}
