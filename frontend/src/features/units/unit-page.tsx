import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { datesWords } from '@/shared/register/dates';
import { Differences } from '@/shared/register/differences';
import { usePeople } from '@/shared/register/people';
import { useHasKeptDraft } from '@/shared/register/kept-draft';
import { type UnitShown, unitQuery } from '@/shared/register/queries';
import register from '@/shared/register/register.module.css';
import { UnitLine } from '@/shared/register/unit-line';
import { UnitSymbol } from '@/shared/symbol/unit-symbol';
import { Moment } from '@/shared/ui/moment';
import { Page, Section } from '@/shared/ui/page';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { UnitEditor } from './unit-editor';
import styles from './units.module.css';

/** One unit of the register: its names over time, its versions, the items seen with it. */
export function UnitPage() {
  const { unit } = useParams({ from: '/units/$unit' });
  const { data, error, refetch } = useQuery(unitQuery(unit));
  if (error) return <FailureMessage error={error} retry={() => void refetch()} centred />;
  if (!data) return <Bones rows={10} height={20} />;
  return <UnitSheet key={unit} unit={data.body} etag={data.etag} />;
}

function UnitSheet({ unit, etag }: { unit: UnitShown; etag: string | null }) {
  const { t } = useTranslation('units');
  const hasBegun = useHasKeptDraft(`unit:${unit.unit}`);
  const [editing, setEditing] = useState(hasBegun);
  return (
    <Page
      title={unit.name}
      lead={<Link to="/units">{t('toAll')}</Link>}
      actions={editing ? null : <Button onClick={() => setEditing(true)}>{t('edit')}</Button>}
    >
      {editing ? <UnitEditor unit={unit} etag={etag} onDone={() => setEditing(false)} /> : <Description unit={unit} />}
      <SeenItems unit={unit.unit} />
      <Versions unit={unit} />
    </Page>
  );
}

function Description({ unit }: { unit: UnitShown }) {
  const { t } = useTranslation('units');
  const { t: r } = useTranslation('register');
  const facts = [
    [r('fields.country'), unit.country],
    [r('fields.military_number'), unit.military_number],
    [r('fields.garrison'), unit.garrison],
    [r('fields.sidc'), unit.sidc],
  ] as const;
  return (
    <Section title={t('description')}>
      <div className={styles['description']}>
        {unit.sidc ? <UnitSymbol sidc={unit.sidc} size={48} /> : null}
        <dl className={styles['pairs']}>
          {unit.parent ? (
            <>
              <dt>{r('fields.parent')}</dt>
              <dd>
                <Link to="/units/$unit" params={{ unit: unit.parent }}>
                  <UnitLine unit={unit.parent} />
                </Link>
              </dd>
            </>
          ) : null}
          {facts.map(([label, value]) => (value ? <Fact key={label} label={label} value={value} /> : null))}
          <dt>{t('id')}</dt>
          <dd>
            <code>{unit.unit}</code>
          </dd>
        </dl>
      </div>
      {(unit.names ?? []).length > 0 ? (
        <table className={styles['names']}>
          <caption>{t('names')}</caption>
          <tbody>
            {(unit.names ?? []).map((name) => (
              <tr key={`${name.name}|${name.from ?? ''}|${name.language ?? ''}`}>
                <th scope="row" lang={name.language ?? undefined}>
                  {name.name}
                </th>
                <td>{name.language ?? ''}</td>
                <td className={styles['figures']}>{datesWords(name) ?? t('always')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {unit.note ? <p className={styles['words']}>{unit.note}</p> : null}
      {(unit.sources ?? []).length > 0 ? (
        <>
          <h3>{r('fields.sources')}</h3>
          <ul>
            {(unit.sources ?? []).map((source) => (
              <li key={source}>
                <code>{source}</code>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Section>
  );
}

function Fact({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function SeenItems({ unit }: { unit: string }) {
  const { t } = useTranslation('units');
  const { t: u } = useTranslation('unit');
  const { data, error, refetch } = useQuery({
    queryKey: ['unit', unit, 'items'],
    queryFn: () => told(api.GET('/api/v1/units/{unit}/items', { params: { path: { unit }, query: { limit: 100 } } })),
  });
  return (
    <Section title={t('items')}>
      {error ? <FailureMessage error={error} retry={() => void refetch()} /> : null}
      {data && data.data.length === 0 ? <p className={styles['dim']}>{t('noItems')}</p> : null}
      <ul className={styles['list']}>
        {data?.data.map((seen) => (
          <li key={seen.assertion} className={styles['seen']}>
            <Link to="/items/$item" params={{ item: seen.item }} search={{ tab: 'unit' }}>
              {seen.title ?? seen.item}
            </Link>
            <span>{u(`roles.${seen.role}`, { defaultValue: seen.role })}</span>
            <span className={styles['dim']}>
              {[seen.confidence ? u(`confidence.${seen.confidence}`) : null, u(`status.${seen.status}`)]
                .filter(Boolean)
                .join(', ')}
            </span>
          </li>
        ))}
      </ul>
      {data?.page.next ? <p className={styles['dim']}>{t('moreItems', { count: data.count.value })}</p> : null}
    </Section>
  );
}

function Versions({ unit }: { unit: UnitShown }) {
  const { t } = useTranslation('units');
  const nameOf = usePeople();
  return (
    <Section title={t('versions')}>
      <ol className={register['versions']}>
        {unit.versions.map((version, at) => {
          const before = unit.versions[at + 1];
          return (
            <li key={version.version}>
              <p>
                <strong>v{version.version}</strong>{' '}
                <span className={register['by']}>
                  {nameOf(version.author)}, <Moment at={version.made_at} exact />
                </span>
              </p>
              {before ? (
                <Differences before={before} after={version} />
              ) : (
                <p className={register['by']}>{t('entered')}</p>
              )}
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
