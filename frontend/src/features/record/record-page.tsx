import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { headlineOf, type PublishedRecord, readRecord } from '@/shared/records/body';
import { useVocabulary } from '@/shared/records/format';
import { IconPrinter } from '@/shared/ui/icons';
import { absolute } from '@/shared/ui/moment';
import { Bones, FailureMessage } from '@/shared/ui/states';

import { Part } from './part';
import { policyKey, reasonKey } from './words';
import { recordQuery } from './queries';
import styles from './record.module.css';
import { Citation, Verification } from './proof';
import { Contents, Originals, Places, Times, Units } from './stated';

/** One published record: what is stated, how surely, what was left out and why, and how to check it. */
export function RecordPage() {
  const { record } = useParams({ from: '/records/$record' });
  const { v } = useSearch({ from: '/records/$record' });
  const shown = useQuery(recordQuery(record, v ?? null));
  const newest = useQuery(recordQuery(record, null));
  if (shown.error) return <FailureMessage error={shown.error} retry={() => void shown.refetch()} centred />;
  if (!shown.data) return <Bones rows={12} height={20} />;
  return <Sheet record={shown.data} newest={newest.data?.version ?? shown.data.version} />;
}

/** A record as a sheet, on the screen and on paper. */
export function Sheet({ record, newest }: { record: PublishedRecord; newest: number }) {
  const { t, i18n } = useTranslation('record');
  const read = readRecord(record);
  const headline = headlineOf(read) ?? t('untitled');
  useEffect(() => {
    document.title = `${headline.slice(0, 80)} · ${record.pid} v${record.version}`;
  }, [headline, record.pid, record.version]);
  return (
    <article className={styles['sheet']}>
      <header className={styles['top']}>
        <p className={styles['kicker']}>
          <span>{t('kicker')}</span>
          <code>{record.pid}</code>
          <span>{t('version', { version: record.version })}</span>
          <time dateTime={record.published_at}>{absolute(new Date(record.published_at), i18n.language)}</time>
        </p>
        <h1>{headline}</h1>
        <p className={styles['marks']}>
          <strong data-single={record.review.reviewers < 2}>
            {t(policyKey(record), { defaultValue: record.review.label })}
          </strong>
          <span>{t('audience', { audience: t(`sensitivity.${record.sensitivity}`) })}</span>
        </p>
        <div className={styles['tools']}>
          <Button leftSection={<IconPrinter size={16} />} onClick={() => window.print()}>
            {t('print')}
          </Button>
          <a href={`${record.links.self}?format=json`} download={`${record.pid}-v${record.version}.json`}>
            JSON
          </a>
          <a href={`${record.links.self}?format=geojson`} download={`${record.pid}-v${record.version}.geojson`}>
            GeoJSON
          </a>
          {record.version < newest ? null : (
            <a href={`${record.links.newest}/package`} download={`${record.pid}.zip`}>
              {t('package')}
            </a>
          )}
          <Link to="/explore" search={{ sel: record.pid }}>
            {t('toExplore')}
          </Link>
        </div>
        {record.version < newest ? (
          <p className={styles['older']} role="note">
            {t('older', { newest })}{' '}
            <Link to="/records/$record" params={{ record: record.pid }} search={{}}>
              {t('toNewest')}
            </Link>
          </p>
        ) : null}
      </header>
      <Contents read={read} />
      <Places read={read} />
      <Times read={read} />
      <Units read={read} />
      <Part title={t('source')}>
        <dl className={styles['facts']}>
          <dt>{t('address')}</dt>
          <dd>{read.sourceUrl ? <code>{read.sourceUrl}</code> : t('noAddress')}</dd>
          <dt>{t('platform')}</dt>
          <dd>{read.platform ?? t('notStated')}</dd>
          <dt>{t('captures')}</dt>
          {read.captures.length === 0 ? <dd>{t('notStated')}</dd> : null}
          {read.captures.map((capture) => (
            <dd key={capture.id}>
              {t(`outcomes.${capture.outcome}`, { defaultValue: capture.outcome })}
              {capture.endedAt ? `, ${absolute(new Date(capture.endedAt), i18n.language)}` : ''}{' '}
              <code>{capture.id}</code>
            </dd>
          ))}
        </dl>
      </Part>
      <Originals read={read} />
      <WithheldPart withheld={record.withheld} />
      <Versions record={record} newest={newest} />
      <Citation record={record} />
      <Verification record={record} />
    </article>
  );
}

function WithheldPart({ withheld }: { withheld: PublishedRecord['withheld'] }) {
  const { t } = useTranslation('record');
  const word = useVocabulary();
  const reasons = [...new Set(withheld.map((one) => one.reason))];
  return (
    <Part title={t('withheld')}>
      {withheld.length === 0 ? <p>{t('nothingWithheld')}</p> : null}
      <ul className={styles['withheld']}>
        {reasons.map((reason) => (
          <li key={reason}>
            <span>
              {withheld
                .filter((one) => one.reason === reason)
                .map(({ field }) => word('fields', field.replace('.', '_')))
                .join(', ')}
            </span>
            <span className={styles['dim']}>{reasonKey(reason) ? t(`reasons.${reasonKey(reason)}`) : reason}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Versions({ record, newest }: { record: PublishedRecord; newest: number }) {
  const { t } = useTranslation('record');
  const numbers = Array.from({ length: newest }, (_, n) => newest - n);
  return (
    <Part title={t('versions')}>
      <p className={styles['dim']}>{t('versionsHint')}</p>
      <ul className={styles['versions']}>
        {numbers.map((number) => (
          <li key={number}>
            <Link
              to="/records/$record"
              params={{ record: record.pid }}
              search={number === newest ? {} : { v: number }}
              aria-current={number === record.version ? 'page' : undefined}
            >
              v{number}
            </Link>
          </li>
        ))}
      </ul>
    </Part>
  );
}
