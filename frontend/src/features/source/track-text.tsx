import { useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesAt } from '@/api/client';
import { usePlayer } from '@/shared/player/context';
import { timecode } from '@/shared/player/timecode';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './source.module.css';

interface Line {
  readonly from: number;
  readonly text: string;
}

/** The words of a track. WebVTT is read by the browser itself; everything else is shown as it came. */
export function TrackText(props: { content: string; format: string; language: string; originals: readonly string[] }) {
  return props.format === 'vtt' ? (
    <Cues address={props.content} language={props.language} originals={props.originals} />
  ) : (
    <AsItCame address={props.content} />
  );
}

function Cues({ address, language, originals }: { address: string; language: string; originals: readonly string[] }) {
  const { t } = useTranslation('source');
  const [lines, setLines] = useState<readonly Line[] | 'failed' | null>(null);
  // A track is loaded once it is not disabled; hidden, it tells its lines and draws none. React hears none of its events.
  const open = useCallback((element: HTMLTrackElement) => {
    const heard = new AbortController();
    element.addEventListener('load', () => setLines(linesOf(element.track)), heard);
    element.addEventListener('error', () => setLines('failed'), heard);
    element.track.mode = 'hidden';
    return () => heard.abort();
  }, []);
  return (
    <>
      <video hidden>
        <track ref={open} kind="captions" srcLang={language} src={address} />
      </video>
      {lines === null ? <Bones /> : null}
      {lines === 'failed' ? <AsItCame address={address} /> : null}
      {Array.isArray(lines) && lines.length === 0 ? <p className={styles['dim']}>{t('around.emptyTrack')}</p> : null}
      {Array.isArray(lines) ? <Lines lines={lines} originals={originals} /> : null}
    </>
  );
}

/** Lines lead to their moment, where the player shows an original of the same capture. */
function Lines({ lines, originals }: { lines: readonly Line[]; originals: readonly string[] }) {
  const { t } = useTranslation('source');
  const player = usePlayer();
  const leads = player && originals.includes(`sha256:${player.original}`);
  return (
    <ol className={styles['cues']}>
      {lines.map(({ from, text }, number) => (
        // oxlint-disable-next-line react/no-array-index-key -- two lines may be alike; the order is the track's
        <li key={number}>
          {leads ? (
            <button
              type="button"
              className={styles['mono']}
              aria-label={t('around.goTo', { at: timecode(from) })}
              onClick={() => player.seek(player.frameAt(from))}
            >
              {timecode(from)}
            </button>
          ) : (
            <span className={styles['mono']}>{timecode(from)}</span>
          )}
          <span dir="auto">{text}</span>
        </li>
      ))}
    </ol>
  );
}

function AsItCame({ address }: { address: string }) {
  const track = useQuery({
    queryKey: ['content', address, 'text'],
    queryFn: async ({ signal }) => new TextDecoder().decode(await bytesAt(address, signal)),
    staleTime: Infinity,
  });
  if (track.error) return <FailureMessage error={track.error} retry={() => void track.refetch()} />;
  return track.data === undefined ? <Bones /> : <pre className={styles['served']}>{track.data}</pre>;
}

function linesOf(track: TextTrack): readonly Line[] {
  const cues = [...(track.cues ?? [])].filter((cue) => cue instanceof VTTCue);
  return cues.map((cue) => ({ from: cue.startTime, text: cue.getCueAsHTML().textContent ?? '' }));
}
