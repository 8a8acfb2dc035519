import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { bare, playableOf } from '@/shared/desk/citations';
import type { Item } from '@/shared/desk/contract';

import styles from './workbench.module.css';

/** Which of several originals is looked at; times and frames of one mean nothing in another. */
export function OriginalChoice(props: { item: Item; shown: string | null; onChoose: (original: string) => void }) {
  const { t } = useTranslation('workbench');
  const originals = playableOf(props.item);
  if (originals.length < 2) return null;
  const data = originals.map((digest, at) => {
    const file = props.item.files.find(({ sha256 }) => sha256 === digest);
    const day = file?.made_at.slice(0, 10) ?? '';
    return {
      value: digest,
      label: t('originals.one', { number: at + 1, day, kind: file?.media_type ?? '', digest: digest.slice(0, 8) }),
    };
  });
  return (
    <div className={styles['originals']}>
      <Select
        aria-label={t('originals.label')}
        allowDeselect={false}
        data={data}
        value={props.shown ? bare(props.shown) : null}
        onChange={(digest) => {
          if (digest) props.onChoose(digest);
        }}
      />
      <span>{t('originals.several', { count: originals.length })}</span>
    </div>
  );
}
