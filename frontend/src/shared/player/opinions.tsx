import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';

import type { Line } from './lane-rows';
import styles from './lanes.module.css';
import { shareOf } from './scale';
import { timecode } from './timecode';

/** What a second detector makes of boundaries that ours doubts; it changes no shot. */
export type Opinions = Schemas['SecondOpinion'];
type Opinion = Opinions['opinions'][number];

/** Where another detector sees it otherwise, in seconds of the original's stream. */
function placeOf(opinion: Opinion): number {
  return opinion.seen_s ?? opinion.time_s;
}

/** Among the shots, where a second detector sees it otherwise: each a button that goes to that frame. */
export function OpinionMarks({ player, view, opinions }: Line & { opinions: Opinions }) {
  const { t } = useTranslation('player');
  const zero = player.timeOf(0);
  return (
    <div className={styles['opinions']} role="group" aria-label={t('opinions.lane')}>
      {opinions.opinions.map((opinion) => {
        const seconds = placeOf(opinion);
        const share = shareOf(view, seconds - zero);
        if (opinion.verdict !== 'disagrees' || share < 0 || share > 1) return null;
        const words = t(`opinions.${opinion.is_boundary ? 'unseen' : 'seen'}`, {
          context: opinion.is_boundary && opinion.transition !== 'cut' ? 'soft' : undefined,
          time: timecode(seconds),
          sure: Math.round(100 * (opinion.figure ?? 0)),
        });
        return (
          <button
            key={opinion.pts}
            type="button"
            style={{ '--at': share }}
            onClick={() => player.seek(player.frameAt(Math.max(zero, seconds)))}
            aria-label={words}
            title={words}
          >
            {opinion.is_boundary ? '−' : '+'}
          </button>
        );
      })}
    </div>
  );
}

/** How a second detector stands to what ours decided; nothing where ours doubted nothing. */
export function OpinionLine({ opinions }: { opinions: Opinions }) {
  const { t } = useTranslation('player');
  const asked = opinions.opinions.length;
  if (asked === 0) return null;
  const count = (verdict: Opinion['verdict']) => opinions.opinions.filter((one) => one.verdict === verdict).length;
  return (
    <p className={styles['said']} title={opinions.versions['model']}>
      {t('opinions.line', {
        asked,
        agrees: count('agrees'),
        disagrees: count('disagrees'),
        unsure: count('unsure'),
      })}
      {opinions.not_asked > 0 ? ` ${t('opinions.more', { count: opinions.not_asked })}` : null}
    </p>
  );
}
