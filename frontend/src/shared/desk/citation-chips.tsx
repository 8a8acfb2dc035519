import { useTranslation } from 'react-i18next';

import type { Player } from '@/shared/player/contract';
import { useOriginalChange, usePlayer, useShownOriginal } from '@/shared/player/context';
import { timecode } from '@/shared/player/timecode';
import { IconExternal, IconX } from '@/shared/ui/icons';

import { bare, originalsOf, readCitation } from './citations';
import { useDesk } from './contract';
import styles from './desk.module.css';
import { type Fragment, markOf } from './fragment';

type Cited = Readonly<Record<string, unknown>>;

/** What an assertion rests on: frames and regions lead there in the player, addresses lead out of the archive. */
export function CitationChips({
  citations,
  onRemove,
}: {
  citations: readonly Cited[];
  onRemove?: (at: number) => void;
}) {
  const { t } = useTranslation('desk');
  if (citations.length === 0) return null;
  return (
    <ul className={styles['chips']} aria-label={t('citations.label')}>
      {citations.map((citation, at) => (
        <li key={JSON.stringify(citation)} className={styles['chip']}>
          <Chip citation={citation} />
          {onRemove ? (
            <button
              type="button"
              aria-label={t('citations.remove')}
              title={t('citations.remove')}
              onClick={() => onRemove(at)}
            >
              <IconX size={14} />
            </button>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Chip({ citation }: { citation: Cited }) {
  const { t } = useTranslation('desk');
  const player = usePlayer();
  const { item } = useDesk();
  const go = useOriginalChange();
  const { target, kind, fragment } = readCitation(citation);
  const digest = bare(target);
  const shown = useShownOriginal();
  const isHere = kind === 'file' && shown === digest;
  // Only in the original that is cited does a time name a frame.
  const words = useFragmentWords(fragment, isHere ? player : null);
  if (kind === 'url') {
    const external = /^https?:\/\//.test(target);
    if (!external) return <span>{target}</span>;
    return (
      <a href={target} target="_blank" rel="noreferrer noopener" title={t('citations.leaves', { address: target })}>
        {target.replace(/^https?:\/\//, '').slice(0, 48)} <IconExternal size={12} aria-hidden="true" />
      </a>
    );
  }
  if (kind === 'report') return <span className={styles['mono']}>{target}</span>;
  const isPart = fragment !== null && (fragment.time !== null || fragment.region !== null);
  const isOther = shown !== null && !isHere && originalsOf(item).includes(digest);
  const file = t(isOther ? 'citations.otherOriginal' : 'citations.file', { digest: digest.slice(0, 8) });
  if (player && isHere && isPart) {
    return (
      <button
        type="button"
        className={styles['mono']}
        title={t('citations.go')}
        onClick={() => showFragment(player, fragment)}
      >
        {words}
      </button>
    );
  }
  const named = isPart ? (isHere ? words : `${file}, ${words}`) : file;
  if (isOther && go && isPart) {
    return (
      <button
        type="button"
        className={styles['mono']}
        title={t('citations.goOther')}
        onClick={() => go(digest, (arrived) => showFragment(arrived, fragment))}
      >
        {named}
      </button>
    );
  }
  return (
    <span className={styles['mono']} title={target}>
      {named}
    </span>
  );
}

/** Brings the player to a fragment and marks it there. */
export function showFragment(player: Player, fragment: Fragment): void {
  const mark = markOf(player, fragment);
  if (mark) {
    player.seek(mark.from);
    player.setMark(mark.to > mark.from ? mark : null);
  }
  player.setRegion(fragment.region);
}

/** A fragment in words, such as `f110 00:00:04.400` or `f110–f190, region`. */
export function useFragmentWords(fragment: Fragment | null, player: Player | null): string {
  const { t } = useTranslation('desk');
  if (!fragment) return '';
  const parts = [];
  if (fragment.time) {
    const mark = player ? markOf(player, fragment) : null;
    const { startS, endS } = fragment.time;
    if (!mark) parts.push(endS === null ? timecode(startS) : `${timecode(startS)} – ${timecode(endS)}`);
    else if (mark.from === mark.to) parts.push(`f${mark.from} ${timecode(startS)}`);
    else parts.push(`f${mark.from}–f${mark.to}`);
  }
  if (fragment.region) parts.push(t('citations.region'));
  return parts.join(', ');
}
