import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';

import { NotesPanel } from '@/features/notes/notes-panel';
import { useDesk } from '@/shared/desk/contract';
import { wish } from '@/shared/desk/wish';
import { useActions } from '@/shared/ui/actions';
import { ErrorBoundary } from '@/shared/ui/error-boundary';
import { Bones } from '@/shared/ui/states';

import styles from './workbench.module.css';

const PANELS = {
  source: lazy(async () => panel((await import('@/features/source/source-panel')).SourcePanel)),
  place: lazy(async () => panel((await import('@/features/place/place-panel')).PlacePanel)),
  time: lazy(async () => panel((await import('@/features/time/time-panel')).TimePanel)),
  unit: lazy(async () => panel((await import('@/features/unit/unit-panel')).UnitPanel)),
  content: lazy(async () => panel((await import('@/features/content/content-panel')).ContentPanel)),
  // Not loaded on demand: a key opens it, and what is typed next belongs into it.
  notes: NotesPanel,
  history: lazy(async () => panel((await import('@/features/history/history-panel')).HistoryPanel)),
  publish: lazy(async () => panel((await import('@/features/publish/publish-panel')).PublishPanel)),
};
type Panel = keyof typeof PANELS;
const NAMES = Object.keys(PANELS) as Panel[];

function panel(component: ComponentType): { default: ComponentType } {
  return { default: component };
}

/** The panels of an item, one at a time; each fails for itself. */
export function Panels() {
  const { t } = useTranslation('workbench');
  const { locked } = useDesk();
  const search = useSearch({ from: '/items/$item' });
  const navigate = useNavigate({ from: '/items/$item' });
  const open = NAMES.find((name) => name === search.tab) ?? 'source';
  const show = (name: string | null) =>
    void navigate({
      replace: true,
      resetScroll: false,
      search: ({ tab: _before, ...rest }) => (name && name !== 'source' ? { ...rest, tab: name } : rest),
    });
  useActions([
    {
      id: 'notes.new',
      label: t('keys.note'),
      group: t('keys.group'),
      chord: 'Enter',
      enabled: locked === null,
      run: () => {
        show('notes');
        wish('note');
      },
    },
    ...NAMES.map((name, at) => ({
      id: `workbench.${name}`,
      label: t('keys.panel', { panel: t(`tabs.${name}`) }),
      group: t('keys.group'),
      chord: `Digit${at + 1}`,
      run: () => show(name),
    })),
  ]);
  const Shown = PANELS[open];
  return (
    <Tabs value={open} onChange={show} keepMounted={false} className={styles['panels'] ?? ''}>
      <Tabs.List className={styles['tabs'] ?? ''} aria-label={t('tabs.label')}>
        {NAMES.map((name) => (
          <Tabs.Tab key={name} value={name}>
            {t(`tabs.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={open} className={styles['panel'] ?? ''} tabIndex={0}>
        <h2 className={styles['hidden']}>{t(`tabs.${open}`)}</h2>
        <ErrorBoundary key={open}>
          <Suspense fallback={<Bones />}>
            <Shown />
          </Suspense>
        </ErrorBoundary>
      </Tabs.Panel>
    </Tabs>
  );
}
