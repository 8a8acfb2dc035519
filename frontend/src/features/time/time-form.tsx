import { Autocomplete, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { AssertionFrame } from '@/shared/desk/assertion-frame';
import type { Drafted } from '@/shared/desk/contract';
import type { Span } from '@/shared/lib/bounds';
import { writtenIn } from '@/shared/lib/bounds-zone';

import { ABOUTS, bodyOf, draftOf, METHODS, missingOf, type Read, type TimeDraft } from './draft';
import { SpanShown } from './time-said';
import styles from './time.module.css';
import type { LocalTime } from './use-time';

interface Props {
  readonly drafted: Drafted<TimeDraft>;
  readonly local: LocalTime;
  readonly zone: string;
  readonly earliest: Read;
  readonly latest: Read;
  readonly span: Span | null;
  /** When it was kept, which it cannot have been filmed after. */
  readonly kept: Span | null;
  readonly onSaid: () => void;
}

/** One bound: not before, not after, and how that is known. */
export function TimeForm({ drafted, local, zone, earliest, latest, span, kept, onSaid }: Props) {
  const { t } = useTranslation('time');
  const draft = drafted.value;
  const set = (change: Partial<TimeDraft>) => drafted.set({ ...draft, ...change });
  const methods = METHODS.map((method) => ({ method, words: t(`method.${method}`) }));
  const shownMethod = methods.find(({ method }) => method === draft.method)?.words ?? draft.method;
  const lacks = missingOf(earliest, latest);
  const missing = [...(lacks ? [t(`missing.${lacks}`)] : []), ...(draft.method.trim() ? [] : [t('missing.method')])];
  return (
    <AssertionFrame
      drafted={drafted}
      kind="time"
      body={bodyOf(draft, span, zone)}
      missing={missing}
      draftOf={draftOf}
      onSaid={onSaid}
    >
      <div>
        <span className={styles['label']} id="time-about">
          {t('fields.about')}
        </span>
        <SegmentedControl
          aria-labelledby="time-about"
          fullWidth
          value={draft.about}
          data={ABOUTS.map((value) => ({ value, label: t(`about.${value}`) }))}
          onChange={(value) => set({ about: ABOUTS.find((about) => about === value) ?? draft.about })}
        />
      </div>
      <div className={styles['pair']}>
        <TextInput
          label={t('fields.earliest')}
          classNames={{ input: styles['monoField'] ?? '' }}
          placeholder="2024-03-05 14:30"
          value={draft.earliest}
          error={earliest === 'wrong' ? t('wrong') : null}
          onChange={(event) => set({ earliest: event.currentTarget.value })}
        />
        <TextInput
          label={t('fields.latest')}
          classNames={{ input: styles['monoField'] ?? '' }}
          placeholder="2024-03-05 15:10"
          value={draft.latest}
          error={latest === 'wrong' ? t('wrong') : null}
          onChange={(event) => set({ latest: event.currentTarget.value })}
        />
      </div>
      <p className={styles['dim']}>{t('formats')}</p>
      {span ? <SpanShown span={span} zone={zone} /> : null}
      {span && kept && draft.about === 'capture' && span.earliest > kept.latest ? (
        <p className={styles['conflict']} role="alert">
          {t('conflict.afterKept', { at: writtenIn(Math.floor(kept.latest / 60_000) * 60_000, zone) })}
        </p>
      ) : null}
      <Doubts reads={[earliest, latest]} />
      <Select
        label={t('fields.zone')}
        searchable
        limit={40}
        allowDeselect={false}
        data={zones(local.zone)}
        value={zone}
        onChange={(value) => set({ tz: value === local.zone ? null : value })}
      />
      <Autocomplete
        label={t('fields.method')}
        description={t('methodHint')}
        size="xs"
        maxLength={300}
        data={methods.map(({ words }) => words)}
        filter={({ options, search }) =>
          search === shownMethod
            ? options
            : options.filter((one) => 'label' in one && one.label.toLowerCase().includes(search.toLowerCase()))
        }
        value={shownMethod}
        onChange={(words) => set({ method: methods.find((one) => one.words === words)?.method ?? words })}
      />
    </AssertionFrame>
  );
}

/** A question mark or a tilde is a doubt, and no wider bound. */
function Doubts({ reads }: { reads: readonly Read[] }) {
  const { t } = useTranslation('time');
  const times = reads.filter((read) => typeof read === 'object');
  const words = [
    ...(times.some(({ isApproximate }) => isApproximate) ? [t('approximate')] : []),
    ...(times.some(({ isUncertain }) => isUncertain) ? [t('uncertain')] : []),
  ];
  return words.map((one) => (
    <p key={one} className={styles['care']}>
      {one}
    </p>
  ));
}

function zones(first: string): string[] {
  return [...new Set([first, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}
