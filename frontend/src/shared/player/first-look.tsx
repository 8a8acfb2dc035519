import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';

import type { Playback, ShieldKind } from './contract';
import styles from './first-look.module.css';
import { copyFor } from './shields';
import { Tile } from './tile';
import { timecode } from './timecode';

type Look = NonNullable<Playback['first_look']>;

/** The first stills of a video that is still being looked through; before they are there, that they come. */
export function FirstLook({
  look,
  steps,
  shield,
}: {
  look: Look | null;
  steps: readonly Schemas['Step'][];
  shield: ShieldKind;
}) {
  const { t } = useTranslation('player');
  const step = steps.findLast(({ name }) => name === 'arrival');
  if (!look && !step) return null;
  return (
    <section className={styles['look']} aria-label={t('firstLook.title')}>
      <h2>{t('firstLook.title')}</h2>
      {look ? (
        <Seen look={look} shield={shield} />
      ) : (
        <p>{t(step?.state === 'dead' ? 'firstLook.failed' : 'firstLook.notYet')}</p>
      )}
    </section>
  );
}

function Seen({ look, shield }: { look: Look; shield: ShieldKind }) {
  const { t } = useTranslation('player');
  const { stills } = look;
  const address = stills ? copyFor(stills.content, shield) : null;
  if (look.looked !== 'seen') return <p>{t(`firstLook.${look.looked}`)}</p>;
  return (
    <>
      <p>{t('firstLook.provisional', { count: look.key_frames })}</p>
      {look.damaged > 0 ? <p>{t('firstLook.damaged', { count: look.damaged })}</p> : null}
      {stills && address ? (
        <ol>
          {stills.times_s.map((time, number) => (
            <li key={time}>
              <Tile sprite={stills} address={address} number={number} />
              <span>{timecode(time)}</span>
            </li>
          ))}
        </ol>
      ) : null}
    </>
  );
}
