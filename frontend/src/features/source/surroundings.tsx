import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { AsWritten } from '@/shared/ui/cause';

import type { Compared } from './comparison-query';
import { Comments } from './comments';
import styles from './source.module.css';
import { TrackText } from './track-text';

type Around = NonNullable<Compared['surroundings']>;

/** What stands around the video of a capture: its subtitles by who made them, and how far the comments went. */
export function Surroundings({ capture }: { capture: Compared }) {
  const { t } = useTranslation('source');
  const around = capture.surroundings;
  if (!around) return null;
  return (
    <div className={styles['page']}>
      <h3>{t('around.subtitles')}</h3>
      {around.error ? (
        <div className={styles['care']}>
          <p>{t('around.error')}</p>
          <AsWritten sentence={around.error} />
        </div>
      ) : null}
      <Tracks around={around} originals={capture.originals} />
      <h3>{t('around.comments')}</h3>
      <Comments comments={around.comments} />
    </div>
  );
}

function Tracks({ around, originals }: { around: Around; originals: readonly string[] }) {
  const { t } = useTranslation('source');
  const left = around.offered_human + around.offered_automatic - around.tracks.length;
  return (
    <>
      {around.tracks.length === 0 && !around.error ? <p className={styles['dim']}>{t('around.noSubtitles')}</p> : null}
      <ul className={styles['tracks']}>
        {around.tracks.map((track, number) => (
          // Two tracks may be alike in every word; their order is the capture's and never changes.
          // oxlint-disable-next-line react/no-array-index-key
          <Track key={number} track={track} originals={originals} />
        ))}
      </ul>
      {left > 0 ? <p className={styles['dim']}>{t('around.left', { count: left })}</p> : null}
      {around.ceilings_met.length > 0 ? (
        <p className={styles['care']}>
          {t('around.ceilings', { which: around.ceilings_met.map((one) => t(`around.limits.${one}`)).join(', ') })}
        </p>
      ) : null}
    </>
  );
}

function Track({ track, originals }: { track: Around['tracks'][number]; originals: readonly string[] }) {
  const { t, i18n } = useTranslation('source');
  const [open, setOpen] = useState(false);
  const language = languageOf(track.language, i18n.language);
  return (
    <li>
      <p>
        <bdi>{language}</bdi>, {t(`around.madeBy.${track.made_by}`)}
        <span className={styles['dim']}>
          {' '}
          <bdi>{[track.name, track.format].filter(Boolean).join(', ')}</bdi>
        </span>
      </p>
      {track.content ? (
        <Button
          variant="default"
          size="xs"
          aria-expanded={open}
          aria-label={t(open ? 'around.hideTrack' : 'around.readTrack', { language })}
          onClick={() => setOpen(!open)}
        >
          {t(open ? 'around.hide' : 'around.read')}
        </Button>
      ) : (
        <p className={styles['care']}>
          {track.why
            ? t('around.missing', { why: t(`around.limits.${track.why}`, { defaultValue: track.why }) })
            : t('around.sealedTrack')}
        </p>
      )}
      {open && track.content ? (
        <TrackText content={track.content} format={track.format} language={track.language} originals={originals} />
      ) : null}
    </li>
  );
}

/** A language in the reader's words, with the source's own spelling where it has none or says more. */
function languageOf(tag: string, language: string): string {
  try {
    const name = new Intl.DisplayNames([language], { type: 'language', fallback: 'none' }).of(
      tag.replace(/-orig$/, ''),
    );
    return name ? `${name} (${tag})` : tag;
  } catch {
    return tag;
  }
}
