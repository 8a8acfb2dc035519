import { Button, Checkbox, SegmentedControl, Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { AssertionFrame } from '@/shared/desk/assertion-frame';
import { AssertionList } from '@/shared/desk/assertion-list';
import type { Assertion } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { useReplacing } from '@/shared/desk/replacing';
import { NotDeterminable } from '@/shared/desk/not-determinable';
import { UnitLine } from '@/shared/register/unit-line';
import { UnitPicker } from '@/shared/register/unit-picker';
import { IconPlus } from '@/shared/ui/icons';

import { NewUnit } from './new-unit';
import { BASES, bodyOf, draftOf, EMPTY_DRAFT, lackingOf, ROLES, type UnitDraft } from './unit-draft';
import styles from './unit.module.css';

/** Which units have to do with the item: what has been said, and saying more. Several candidates stand side by side. */
export function UnitPanel() {
  const { t } = useTranslation('unit');
  const drafted = useDraft<UnitDraft>('unit', EMPTY_DRAFT);
  const replacing = useReplacing(drafted);
  const draft = drafted.value;
  const [adding, setAdding] = useState(false);
  const set = (change: Partial<UnitDraft>) => drafted.set({ ...draft, ...change });
  return (
    <section className={styles['panel']} aria-label={t('title')}>
      <AssertionList
        kind="unit"
        render={(assertion) => <Attribution assertion={assertion} />}
        onRevise={(assertion) => replacing.replace(draftOf(assertion))}
      />
      {replacing.dialog}
      <AssertionFrame
        drafted={drafted}
        kind="unit"
        body={bodyOf(draft)}
        missing={lackingOf(draft).map((name) => t(`lacking.${name}`))}
        draftOf={draftOf}
      >
        <SegmentedControl
          aria-label={t('named.label')}
          fullWidth
          value={draft.named}
          onChange={(named) => set({ named: named === 'written' ? 'written' : 'registered' })}
          data={(['registered', 'written'] as const).map((one) => ({ value: one, label: t(`named.${one}`) }))}
        />
        {draft.named === 'registered' ? (
          <div className={styles['registered']}>
            <UnitPicker label={t('unit')} value={draft.unit} onChange={(unit) => set({ unit })} />
            {draft.unit ? <UnitLine unit={draft.unit} size={32} /> : null}
            {adding ? null : (
              <Button
                className={styles['start'] ?? ''}
                leftSection={<IconPlus size={14} />}
                onClick={() => setAdding(true)}
              >
                {t('add')}
              </Button>
            )}
          </div>
        ) : (
          <TextInput
            label={t('written')}
            description={t('writtenHint')}
            maxLength={300}
            value={draft.name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
        <Select
          label={t('role')}
          placeholder={t('choose')}
          value={draft.role}
          onChange={(role) => set({ role })}
          data={[...ROLES, ...(draft.role && !ROLES.some((one) => one === draft.role) ? [draft.role] : [])].map(
            (one) => ({
              value: one,
              label: t(`roles.${one}`, { defaultValue: one }),
            }),
          )}
        />
        <Checkbox.Group label={t('basis')} value={[...draft.basis]} onChange={(basis) => set({ basis })}>
          <div className={styles['bases']}>
            {BASES.map((one) => (
              <Checkbox key={one} value={one} label={t(`bases.${one}`)} />
            ))}
          </div>
        </Checkbox.Group>
        <Textarea
          label={t('basisNote')}
          value={draft.basisNote}
          maxLength={10_000}
          onChange={(event) => set({ basisNote: event.currentTarget.value })}
        />
        <p className={styles['hint']}>{t('unknownHint')}</p>
      </AssertionFrame>
      {adding ? (
        // Outside of the frame: a form does not stand in another one.
        <NewUnit
          onAdded={(unit) => {
            set({ unit, named: 'registered' });
            setAdding(false);
          }}
          onCancel={() => setAdding(false)}
        />
      ) : null}
      <NotDeterminable question="unit" />
    </section>
  );
}

/** One attribution in a list. */
function Attribution({ assertion }: { assertion: Assertion }) {
  const { t } = useTranslation('unit');
  const said = draftOf(assertion);
  return (
    <div className={styles['said']}>
      <p className={styles['who']}>{said.unit ? <UnitLine unit={said.unit} size={24} /> : <q>{said.name}</q>}</p>
      <p>
        {said.role ? t(`roles.${said.role}`, { defaultValue: said.role }) : null}
        {said.basis.length > 0
          ? `: ${said.basis.map((one) => t(`bases.${one}`, { defaultValue: one })).join(', ')}`
          : null}
      </p>
      {said.basisNote ? <p className={styles['hint']}>{said.basisNote}</p> : null}
    </div>
  );
}
