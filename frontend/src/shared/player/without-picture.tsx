import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesAt, type Schemas } from '@/api/client';
import { Cause } from '@/shared/ui/cause';

import type { Playback, ShieldKind } from './contract';
import { FirstLook } from './first-look';
import { paintWave } from './lane-rows';
import styles from './player-view.module.css';
import { StageMessage } from './stage';

type Step = Schemas['Step'];
type Still = Schemas['StillPicture'];

/** What is still being done before there is something to play; follows the steps as they are told. */
export function Preparing({
  steps,
  playback,
  shield,
}: {
  steps: readonly Step[];
  playback: Playback;
  shield: ShieldKind;
}) {
  const { t } = useTranslation('player');
  return (
    <div className={styles['preparing']}>
      <div role="status">
        <h2>{t('preparing.title')}</h2>
        <p>{t('preparing.next')}</p>
        <ol className={styles['steps']}>
          {steps.map((step) => (
            <li key={`${step.capture} ${step.name}`} data-outcome={step.outcome}>
              <span>{t(`steps.${step.name}`, { defaultValue: step.name })}</span>
              <span>
                {t(`outcomes.${step.outcome}`)}
                {step.outcome === 'running' && step.progress !== null ? ` ${Math.round(step.progress * 100)} %` : ''}
              </span>
              {step.sentence ? <Cause code={step.error_code} sentence={step.sentence} /> : null}
            </li>
          ))}
        </ol>
      </div>
      <FirstLook look={playback.first_look ?? null} steps={steps} shield={shield} />
    </div>
  );
}

/** A file that is only sound: the browser's own player under the shape of the sound. */
export function SoundOnly({ playback }: { playback: Playback }) {
  const { t } = useTranslation('player');
  const canvas = useRef<HTMLCanvasElement>(null);
  const [fails, setFails] = useState(false);
  const address = playback.waveform?.content ?? null;
  const { data: peaks } = useQuery({
    queryKey: ['waveform', address],
    queryFn: async ({ signal }) => new Uint8Array(await bytesAt(address ?? '', signal)),
    enabled: address !== null,
    staleTime: Infinity,
  });
  useEffect(() => {
    const element = canvas.current;
    if (!element || !peaks) return undefined;
    const watching = new ResizeObserver(() => paintWave(element, peaks, { from: 0, to: 1 }));
    watching.observe(element);
    return () => watching.disconnect();
  }, [peaks]);
  return (
    <div className={styles['alone']}>
      <StageMessage title={t('soundOnly.title')}>
        <p>{fails ? t('soundOnly.fails') : t('soundOnly.next')}</p>
        {peaks ? <canvas ref={canvas} className={styles['wave']} aria-hidden="true" /> : null}
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- what is said in it is for a transcript */}
        <audio
          controls
          preload="metadata"
          src={playback.sound?.content}
          aria-label={t('soundOnly.label')}
          onError={() => setFails(true)}
        />
      </StageMessage>
    </div>
  );
}

/** A post of pictures alone: each is loaded only when somebody asks for it, since none has a shielded copy. */
export function Pictures({ pictures }: { pictures: readonly Still[] }) {
  const { t } = useTranslation('player');
  return (
    <div className={styles['pictures']}>
      <h2>{t('pictures.title', { count: pictures.length })}</h2>
      <p>{t('pictures.next')}</p>
      <ol>
        {pictures.map((picture, at) => (
          <li key={picture.digest}>
            <StillPicture picture={picture} number={at + 1} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function StillPicture({ picture, number }: { picture: Still; number: number }) {
  const { t } = useTranslation('player');
  const [open, setOpen] = useState(false);
  const [fails, setFails] = useState(false);
  return (
    <>
      <Button variant="default" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t(open ? 'pictures.hide' : 'pictures.show', { number })}
      </Button>
      {open && fails ? <p role="alert">{t('pictures.fails')}</p> : null}
      {open && !fails ? (
        <img
          src={picture.content}
          alt={t('pictures.one', { number })}
          decoding="async"
          onError={() => setFails(true)}
        />
      ) : null}
    </>
  );
}
