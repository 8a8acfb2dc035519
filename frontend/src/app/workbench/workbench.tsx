import { notifications } from '@mantine/notifications';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';

import { meQuery } from '@/api/queries';
import { neighbour } from '@/features/queue/order';
import { spansOf } from '@/shared/desk/citations';
import { DeskContext, type Item } from '@/shared/desk/contract';
import { namedBy, type PlayerAddress } from '@/shared/player/address';
import { PlayerProvider, usePlayer } from '@/shared/player/context';
import { PlayerView } from '@/shared/player/player-view';
import { useActions } from '@/shared/ui/actions';
import { useFailureWords } from '@/shared/ui/archive-words';
import { ErrorBoundary } from '@/shared/ui/error-boundary';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { hasLost } from './questions';
import { CaptureState, isWithoutMedia } from './capture-state';
import { ItemHeader, shortId, titleOf } from './item-header';
import { LeaseReminder } from './lease-state';
import { OriginalChoice } from './original-choice';
import { Panels } from './panels';
import { PreservationStrip } from './strip';
import { useFaces } from './use-faces';
import { useOpinions } from './use-opinions';
import { useOriginal } from './use-original';
import { useWorkbench, type Workbench as Bench } from './use-workbench';
import styles from './workbench.module.css';

/** A link to a frame of a file that is not here leads to no frame of another. */
const NOWHERE: PlayerAddress = {};

/** The panel in which an assertion of a kind stands. */
const TABS: Readonly<Record<string, string>> = { place: 'place', time: 'time', unit: 'unit', note: 'notes' };

/** The desk with one item on it: picture and timeline at the left, panels at the right, what is preserved below. */
export function Workbench({ item, etag, failure }: { item: Item; etag: string | null; failure: Error | null }) {
  const bench = useWorkbench(item);
  const shown = useOriginal(item);
  const navigate = useNavigate({ from: '/items/$item' });
  const choose = useCallback(
    (original: string) =>
      void navigate({
        replace: true,
        resetScroll: false,
        // Frame, span and region were those of another file.
        search: ({ tab }) => ({ ...(tab ? { tab } : {}), of: namedBy(original) }),
      }),
    [navigate],
  );
  useEffect(() => {
    document.title = `${titleOf(item) ?? shortId(item.item)} · Svidok`;
  }, [item]);
  useNeighbours(item.item);
  return (
    <DeskContext.Provider value={bench.desk}>
      <PlayerProvider shown={shown.playback.data?.original ?? null} onOriginal={choose}>
        <div className={styles['bench']}>
          <ItemHeader bench={bench} etag={etag} />
          <div className={styles['notices']}>
            <LeaseReminder leasing={bench.leasing} />
            <Standing item={item} failure={failure} />
          </div>
          <Panes picture={<Picture bench={bench} shown={shown} onOriginal={choose} />} panels={<Panels />} />
          <PreservationStrip item={item} live={bench.live} />
        </div>
      </PlayerProvider>
    </DeskContext.Provider>
  );
}

/** Side by side where there is room, in sizes that are remembered; else one above the other. */
function Panes({ picture, panels }: { picture: ReactNode; panels: ReactNode }) {
  const { t } = useTranslation('workbench');
  const narrow = useMediaQuery('(max-width: 899px)', false, { getInitialValueInEffect: false });
  const layout = useDefaultLayout({ id: 'svidok.workbench', storage: localStorage });
  if (narrow) {
    return (
      <div className={styles['stacked']}>
        <div className={styles['picture']}>{picture}</div>
        {panels}
      </div>
    );
  }
  return (
    <Group
      orientation="horizontal"
      className={styles['panes'] ?? ''}
      {...(layout.defaultLayout ? { defaultLayout: layout.defaultLayout } : {})}
      onLayoutChanged={layout.onLayoutChanged}
    >
      <Panel id="picture" defaultSize="64%" minSize={360}>
        <div className={styles['picture']}>{picture}</div>
      </Panel>
      <Separator className={styles['separator'] ?? ''} aria-label={t('resize')} />
      <Panel id="panels" minSize={320}>
        {panels}
      </Panel>
    </Group>
  );
}

function Picture({
  bench,
  shown: { playback, isMissing },
  onOriginal,
}: {
  bench: Bench;
  shown: ReturnType<typeof useOriginal>;
  onOriginal: (original: string) => void;
}) {
  const { t } = useTranslation('workbench');
  const { item } = bench.desk;
  const player = usePlayer();
  const faces = useFaces(item);
  const opinions = useOpinions(item);
  const { data: me } = useQuery(meQuery);
  const search = useSearch({ from: '/items/$item' });
  const navigate = useNavigate({ from: '/items/$item' });
  const spans = useMemo(() => (player ? spansOf(item.assertions, player, item) : []), [player, item]);
  const change = useCallback(
    (address: PlayerAddress) =>
      void navigate({
        replace: true,
        resetScroll: false,
        // An original that was chosen stays chosen while nothing in it is marked.
        search: ({ tab, of }) => ({ ...(tab ? { tab } : {}), ...(of === undefined ? {} : { of }), ...address }),
      }),
    [navigate],
  );
  const pick = (id: string) => {
    const span = spans.find((one) => one.id === id);
    const tab = span ? TABS[span.kind] : undefined;
    if (tab) void navigate({ replace: true, resetScroll: false, search: (known) => ({ ...known, tab }) });
  };
  if (isWithoutMedia(bench.desk)) return <CaptureState desk={bench.desk} />;
  // What has come before stays: a picture is looked at while nobody answers, too.
  if (playback.isError && !playback.data)
    return <FailureMessage error={playback.error} retry={() => void playback.refetch()} />;
  if (!playback.data || !me) return <Bones rows={8} />;
  return (
    <ErrorBoundary>
      <div className={styles['shown']}>
        {isMissing ? (
          <p role="alert" className={styles['originals']}>
            {t('originals.missing')}
          </p>
        ) : null}
        <OriginalChoice item={item} shown={playback.data.original} onChoose={onOriginal} />
        <PlayerView
          item={item}
          playback={playback.data}
          preferences={me.preferences}
          spans={spans}
          faces={faces.find(({ original }) => original === playback.data.original) ?? null}
          opinions={opinions.find(({ original }) => original === playback.data.original) ?? null}
          search={isMissing ? NOWHERE : search}
          onAddressChange={change}
          onPick={pick}
        />
      </div>
    </ErrorBoundary>
  );
}

/** What must be known before anything is read here: withdrawn, sealed, or shown from before the server fell silent. */
function Standing({ item, failure }: { item: Item; failure: Error | null }) {
  const { t } = useTranslation('workbench');
  const words = useFailureWords(failure);
  return (
    <>
      {item.workflow === 'withdrawn' ? <p role="status">{t('states.withdrawn')}</p> : null}
      {item.sensitivity === 'sealed' ? <p role="status">{t('states.sealed')}</p> : null}
      {hasLost(item) ? <p role="alert">{t('states.lost')}</p> : null}
      {item.held ? <p role="status">{t('states.held')}</p> : null}
      {failure ? <p role="alert">{words.line}</p> : null}
    </>
  );
}

function useNeighbours(item: string): void {
  const { t } = useTranslation('workbench');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const go = async (by: 1 | -1) => {
    const next = await neighbour(queries, item, by);
    if (next) await navigate({ to: '/items/$item', params: { item: next }, search: ({ tab }) => (tab ? { tab } : {}) });
    else notifications.show({ message: t(by > 0 ? 'queue.last' : 'queue.first') });
  };
  const group = t('keys.group');
  useActions([
    { id: 'workbench.next', label: t('keys.next'), group, chord: 'KeyN', run: () => void go(1) },
    { id: 'workbench.previous', label: t('keys.previous'), group, chord: 'Shift+KeyN', run: () => void go(-1) },
    { id: 'workbench.queue', label: t('keys.queue'), group, chord: 'KeyQ', run: () => void navigate({ to: '/queue' }) },
  ]);
}
