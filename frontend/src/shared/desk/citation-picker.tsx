import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Mark, Region } from '@/shared/player/contract';
import { usePlayer, usePlayerState, useShownOriginal } from '@/shared/player/context';
import { fragmentOf } from '@/shared/player/fragments';
import { meantBy, shownFrame } from '@/shared/player/shown';

import { CitationChips } from './citation-chips';
import { type Citation, citationOf, originalsOf } from './citations';
import { useDesk } from './contract';
import styles from './desk.module.css';
import { same } from './same';

/** Lets an assertion rest on what is on the screen now, on what is marked there, or on an address. */
export function CitationPicker(props: { citations: readonly Citation[]; onChange: (citations: Citation[]) => void }) {
  const { t } = useTranslation('desk');
  const { item } = useDesk();
  const player = usePlayer();
  const mark = usePlayerState((state) => state.mark);
  const region = usePlayerState((state) => state.region);
  const frame = usePlayerState(shownFrame);
  const originals = originalsOf(item);
  // What is shown is cited, whichever the newest is; while nothing is, only what cannot be mistaken.
  const original = useShownOriginal() ?? (originals.length === 1 ? (originals[0] ?? null) : null);

  const add = (citation: Citation) => {
    if (!props.citations.some((one) => same(one, citation))) props.onChange([...props.citations, citation]);
  };
  // A button cites the frame that its own words name, also while the video runs on.
  const rest = (at: Mark | null, within: Region | null = null) => {
    if (original && player && at) add(citationOf(original, fragmentOf(player, at, within)));
  };
  const now = meantBy(null, null, frame);
  const around = meantBy(mark, region, frame);
  return (
    <fieldset className={styles['picker']}>
      <legend>{t('citations.rest')}</legend>
      <CitationChips
        citations={props.citations}
        onRemove={(at) => props.onChange(props.citations.filter((_, other) => other !== at))}
      />
      <div className={styles['row']}>
        {original && player ? (
          <>
            <Button disabled={!now} onClick={() => rest(now)}>
              {now ? t('citations.frame', { frame: now.from }) : t('citations.noFrame')}
            </Button>
            {mark ? (
              <Button onClick={() => rest(mark)}>{t('citations.span', { from: mark.from, to: mark.to })}</Button>
            ) : null}
            {region ? (
              <Button disabled={!around} onClick={() => rest(around, region)}>
                {t('citations.thisRegion')}
              </Button>
            ) : null}
          </>
        ) : null}
        {original && !player ? (
          <Button onClick={() => add(citationOf(original, null))}>{t('citations.original')}</Button>
        ) : null}
      </div>
      <AddressField onAdd={(target) => add({ target })} />
    </fieldset>
  );
}

function AddressField({ onAdd }: { onAdd: (address: string) => void }) {
  const { t } = useTranslation('desk');
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState(false);
  const add = () => {
    if (isAddress(typed.trim())) {
      onAdd(typed.trim());
      setTyped('');
    } else setWrong(true);
  };
  return (
    <div className={styles['row']}>
      <TextInput
        className={styles['grow'] ?? ''}
        label={t('citations.address')}
        placeholder="https://"
        inputMode="url"
        value={typed}
        error={wrong ? t('citations.noAddress') : null}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setWrong(false);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          add();
        }}
      />
      <Button className={styles['low'] ?? ''} disabled={!typed.trim()} onClick={add}>
        {t('citations.add')}
      </Button>
    </div>
  );
}

function isAddress(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}
