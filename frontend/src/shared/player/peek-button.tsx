import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { IconEye } from '@/shared/ui/icons';

import type { Player } from './contract';
import styles from './stage.module.css';

/** Lifts the shield while it is held down, by pointer or by key. */
export function PeekButton({ player }: { player: Player }) {
  const { t } = useTranslation('player');
  const lift = () => player.setPeeking(true);
  const lower = () => player.setPeeking(false);
  // A button that is gone, and a page that is not looked at, are let go of by nobody.
  useEffect(() => {
    const end = () => player.setPeeking(false);
    window.addEventListener('blur', end);
    document.addEventListener('visibilitychange', end);
    return () => {
      window.removeEventListener('blur', end);
      document.removeEventListener('visibilitychange', end);
      end();
    };
  }, [player]);
  const isPress = (key: string) => key === ' ' || key === 'Enter';
  return (
    <button
      type="button"
      className={styles['peek']}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        lift();
      }}
      onPointerUp={lower}
      onPointerCancel={lower}
      onLostPointerCapture={lower}
      onKeyDown={(event) => {
        if (isPress(event.key) && !event.repeat) lift();
      }}
      onKeyUp={(event) => {
        if (isPress(event.key)) lower();
      }}
      onBlur={lower}
      onContextMenu={(event) => event.preventDefault()}
    >
      <IconEye size={14} aria-hidden="true" /> {t('shield.hold')}
    </button>
  );
}
