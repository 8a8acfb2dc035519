import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { useKeptDraft } from '@/shared/register/kept-draft';
import { useOnce } from '@/shared/register/once';
import { type Unit, type UnitDescription, unitsQuery } from '@/shared/register/queries';
import { EMPTY_UNIT, sentUnit, UnitForm } from '@/shared/register/unit-form';
import { UnitSymbol } from '@/shared/symbol/unit-symbol';
import { IconPlus } from '@/shared/ui/icons';
import { Page, Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import { ranked } from './tree';
import styles from './units.module.css';

/** The register of units: who is who, under which name, in which order. */
export function UnitsPage() {
  const { t, i18n } = useTranslation('units');
  const { q, add } = useSearch({ from: '/units' });
  const navigate = useNavigate({ from: '/units' });
  const found = useInfiniteQuery(unitsQuery(q ?? ''));
  const units = found.data?.pages.flatMap((page) => page.data) ?? [];
  const count = found.data?.pages[0]?.count;
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        add ? null : (
          <Button leftSection={<IconPlus size={16} />} onClick={() => void navigate({ search: { add: true } })}>
            {t('add')}
          </Button>
        )
      }
    >
      {add ? <NewUnit onDone={() => void navigate({ search: {} })} /> : null}
      <form
        key={q ?? ''}
        role="search"
        className={styles['search']}
        onSubmit={(event) => {
          event.preventDefault();
          const words = String(new FormData(event.currentTarget).get('q') ?? '').trim();
          void navigate({ search: words ? { q: words } : {} });
        }}
      >
        <TextInput name="q" type="search" label={t('search')} description={t('searchHint')} defaultValue={q ?? ''} />
        <Button type="submit">{t('find')}</Button>
        <p role="status" className={styles['dim']}>
          {count ? t(`count.${count.relation}`, { count: count.value }) : ''}
        </p>
      </form>
      {found.error ? <FailureMessage error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isPending ? <Bones rows={8} height={20} /> : null}
      {found.data && units.length === 0 ? (
        <StateMessage
          title={q ? t('nothing.title') : t('empty.title')}
          actions={q ? <Link to="/units">{t('nothing.all')}</Link> : null}
        >
          <p>{q ? t('nothing.next') : t('empty.next')}</p>
        </StateMessage>
      ) : null}
      {units.length > 0 ? (
        <ul className={styles['list']} aria-label={t('title')}>
          {ranked(units, i18n.language).map(({ unit, depth }) => (
            <UnitRow key={unit.unit} unit={unit} depth={depth} />
          ))}
        </ul>
      ) : null}
      {found.hasNextPage ? <Button onClick={() => void found.fetchNextPage()}>{t('more')}</Button> : null}
    </Page>
  );
}

function UnitRow({ unit, depth }: { unit: Unit; depth: number }) {
  const { t } = useTranslation('units');
  const others = (unit.names ?? []).map((name) => name.name);
  return (
    <li className={styles['unit']} style={{ paddingInlineStart: Math.min(depth, 6) * 20 }}>
      <span className={styles['sign']}>{unit.sidc ? <UnitSymbol sidc={unit.sidc} size={18} /> : null}</span>
      <span className={styles['name']}>
        {depth > 0 ? <span className={styles['hidden']}>{t('level', { level: depth + 1 })} </span> : null}
        <Link to="/units/$unit" params={{ unit: unit.unit }}>
          {unit.name}
        </Link>
        {others.length > 0 ? <span className={styles['others']}>{others.join('; ')}</span> : null}
      </span>
      <span className={styles['facts']}>
        {[unit.country, unit.military_number, unit.garrison].filter(Boolean).join(' · ')}
      </span>
    </li>
  );
}

function NewUnit({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('units');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const draft = useKeptDraft<UnitDescription>('unit:new');
  const once = useOnce();
  const value = draft.value ?? EMPTY_UNIT;
  const adding = useMutation({
    mutationFn: (body: UnitDescription) =>
      told(api.POST('/api/v1/units', { body, headers: { 'Idempotency-Key': once(body) } })),
    onSuccess: async (unit) => {
      draft.discard();
      await queries.invalidateQueries({ queryKey: ['units'] });
      await navigate({ to: '/units/$unit', params: { unit: unit.unit } });
    },
  });
  const discard = () => {
    draft.discard();
    onDone();
  };
  return (
    <Section
      title={t('add')}
      actions={<Button onClick={discard}>{t('discard')}</Button>}
      hint={draft.value ? t('kept') : null}
    >
      <UnitForm
        value={value}
        onChange={draft.set}
        onSubmit={() => adding.mutate(sentUnit(value))}
        submit={t('enter')}
        busy={adding.isPending}
      >
        {adding.error ? <FailureMessage error={adding.error} /> : null}
      </UnitForm>
    </Section>
  );
}
