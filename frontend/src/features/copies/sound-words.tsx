import { useTranslation } from 'react-i18next';

import { momentWords } from '@/shared/lib/moments';

import styles from './copies.module.css';
import type { Match } from './queries';

const FAINT = 0.5;

/** What the sound says of the stretches that the pictures share, of how many seconds, and if nothing, why. */
export function SoundWords({ match }: { match: Match }) {
  const { t } = useTranslation('copies');
  const { sound, heard } = match;
  if (sound === 'unknown') {
    const why = t(`sound.why.${heard?.why ?? 'not_listened'}`);
    return <p className={styles['dim']}>{t('sound.unknown', { why })}</p>;
  }
  const agrees = t('sound.agrees', { seconds: momentWords(heard?.agrees_s ?? 0) });
  const differs = t('sound.differs', { seconds: momentWords(heard?.differs_s ?? 0) });
  const isFaint = typeof heard?.score === 'number' && heard.score < FAINT;
  return (
    <>
      <p className={sound === 'differs' ? undefined : styles['dim']}>
        {[
          sound === 'differs' ? differs : null,
          sound === 'agrees' || (heard && heard.agrees_s > 0) ? agrees : null,
          isFaint ? t('sound.faint') : null,
          heard && heard.unknown_s >= 1 ? t('sound.rest', { seconds: momentWords(heard.unknown_s) }) : null,
        ]
          .filter((one) => one !== null)
          .join(' ')}
      </p>
      {heard && heard.differs.length > 0 ? (
        <ul className={styles['spans']}>
          {heard.differs.map((one) => (
            <li key={`${one.a_start_s} ${one.b_start_s}`}>
              {t('sound.where', {
                from: momentWords(one.a_start_s),
                to: momentWords(one.a_end_s),
                otherFrom: momentWords(one.b_start_s),
                otherTo: momentWords(one.b_end_s),
              })}
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
