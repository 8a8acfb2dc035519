import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { NotesPanel } from '@/features/notes/notes-panel';
import { useDesk } from '@/shared/desk/contract';
import { wish } from '@/shared/desk/wish';
import { PANEL_KEYS } from '@/shared/player/default-keys';
import { useActions } from '@/shared/ui/actions';
import { ErrorBoundary } from '@/shared/ui/error-boundary';
import { Bones } from '@/shared/ui/states';

import styles from './workbench.module.css';

const loads: (() => Promise<unknown>)[] = [];
const AHEAD_AFTER_MS = 1000;

const PANELS = {
  source: ahead(async () => panel((await import('@/features/source/source-panel')).SourcePanel)),
  place: ahead(async () => panel((await import('@/features/place/place-panel')).PlacePanel)),
  time: ahead(async () => panel((await import('@/features/time/time-panel')).TimePanel)),
  unit: ahead(async () => panel((await import('@/features/unit/unit-panel')).UnitPanel)),
  content: ahead(async () => panel((await import('@/features/content/content-panel')).ContentPanel)),
  // Not loaded on demand: a key opens it, and what is typed next belongs into it.
  notes: NotesPanel,
  history: ahead(async () => panel((await import('@/features/history/history-panel')).HistoryPanel)),
  publish: ahead(async () => panel((await import('@/features/publish/publish-panel')).PublishPanel)),
  text: ahead(async () => panel((await import('@/features/text/text-panel')).TextPanel)),
  copies: ahead(async () => panel((await import('@/features/copies/copies-panel')).CopiesPanel)),
};
type Panel = keyof typeof PANELS;
const NAMES = Object.keys(PANELS) as Panel[];

function panel(component: ComponentType): { default: ComponentType } {
  return { default: component };
}

/** A panel in a file of its own; fetched soon after the workbench stands, so that it opens while nobody answers, too. */
function ahead(load: () => Promise<{ default: ComponentType }>) {
  loads.push(load);
  return lazy(load);
}

/** The panels of an item, one at a time; each fails for itself. */
export function Panels() {
  const { t } = useTranslation('workbench');
  const { locked } = useDesk();
  const search = useSearch({ from: '/items/$item' });
  const navigate = useNavigate({ from: '/items/$item' });
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of loads) load().catch(() => undefined);
    }, AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
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
    ...NAMES.map((name) => ({
      id: `workbench.${name}`,
      label: t('keys.panel', { panel: t(`tabs.${name}`) }),
      group: t('keys.group'),
      chord: PANEL_KEYS[name],
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
