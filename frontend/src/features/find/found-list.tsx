import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { momentWords } from '@/shared/lib/moments';
import { Changes, type Place, RelativeName } from '@/shared/relative/relative';
import { DrawnStill } from '@/shared/ui/drawn-still';

import styles from './find.module.css';
import type { Hit } from './queries';

const FEW = 6;

/** The items that show it, each with its moments; every moment opens the workbench there. */
export function FoundList({ hits, isStill }: { hits: readonly Hit[]; isStill: boolean }) {
  return (
    <ul className={styles['hits']}>
      {hits.map((hit) => (
        <li key={`${hit.other.item} ${hit.original}`}>
          <FoundItem hit={hit} isStill={isStill} />
        </li>
      ))}
    </ul>
  );
}

function FoundItem({ hit, isStill }: { hit: Hit; isStill: boolean }) {
  const { t } = useTranslation('find');
  const { other } = hit;
  const relation = isStill && hit.relation !== 'same_scene' ? 'still' : hit.relation;
  return (
    <article className={styles['card']}>
      <DrawnStill still={hit.picture} alt={t('still')} />
      <div className={styles['words']}>
        <p className={styles['relation']}>{t(`relations.${relation}`)}</p>
        <RelativeName other={other} place={atFrame(hit, hit.moments[0]?.b_frame)} />
        <Changes transform={hit.transform} />
        {hit.samples === null ? null : <p className={styles['dim']}>{t('votes', { count: hit.samples })}</p>}
        <ul className={styles['moments']} aria-label={t('moments')}>
          {hit.moments.slice(0, FEW).map((moment) => {
            const times = { from: momentWords(moment.b_start_s), to: momentWords(moment.b_end_s) };
            const own = { ownFrom: momentWords(moment.a_start_s), ownTo: momentWords(moment.a_end_s) };
            return (
              <li key={`${moment.a_start_s} ${moment.b_start_s}`}>
                <Link to="/items/$item" params={{ item: other.item }} search={atFrame(hit, moment.b_frame)}>
                  {isStill ? t('moment.still', times) : t('moment.clip', { ...times, ...own })}
                </Link>
              </li>
            );
          })}
        </ul>
        {hit.moments.length > FEW ? (
          <p className={styles['dim']}>{t('moreMoments', { count: hit.moments.length - FEW })}</p>
        ) : null}
      </div>
    </article>
  );
}

/** The address of a frame of the very original that shows it. */
function atFrame(hit: Hit, frame: number | null | undefined): Place {
  return frame === null || frame === undefined ? {} : { f: frame, of: `sha256-${hit.original.slice(0, 16)}` };
}
