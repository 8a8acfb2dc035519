import { useTranslation } from 'react-i18next';

import { IconAlert, IconCheck, IconClock, IconOffline } from '@/shared/ui/icons';

import type { Drafted } from './contract';
import styles from './desk.module.css';

/** Where the typed words are at this moment. */
export function DraftState({ drafted }: { drafted: Pick<Drafted<object>, 'state' | 'savedAt' | 'trouble'> }) {
  const { t, i18n } = useTranslation('desk');
  const { state, savedAt } = drafted;
  if (state === 'clean') return null;
  const time = savedAt ? new Date(savedAt).toLocaleTimeString(i18n.language, { hour12: false }) : '';
  const Icon = { saving: IconClock, saved: IconCheck, offline: IconOffline, conflict: IconAlert }[state];
  return (
    <p className={styles['draftState']} data-state={state} role="status">
      <Icon size={14} aria-hidden="true" />
      {state === 'offline' ? t(`draft.offline.${drafted.trouble ?? 'unreached'}`) : t(`draft.${state}`, { time })}
    </p>
  );
}
