import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { PublishedRecord } from '@/shared/records/body';
import { IconCheck, IconCopy } from '@/shared/ui/icons';

import { frozenBody, sha256 } from './digest';
import { Part } from './part';
import styles from './record.module.css';
import { policyKey } from './words';

/** Where exactly this version is found. */
function addressOf(record: PublishedRecord): string {
  return `${window.location.origin}/records/${record.pid}?v=${record.version}`;
}

/** How this version is cited. */
export function Citation({ record }: { record: PublishedRecord }) {
  const { t } = useTranslation('record');
  const [copied, setCopied] = useState(false);
  const text = t('citationText', {
    pid: record.pid,
    version: record.version,
    day: record.published_at.slice(0, 10),
    review: t(policyKey(record), { defaultValue: record.review.label }),
    address: addressOf(record),
    digest: record.sha256,
  });
  return (
    <Part title={t('citation')}>
      <p className={styles['citation']}>{text}</p>
      {navigator.clipboard ? (
        <Button
          className={styles['screen'] ?? ''}
          leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {copied ? t('copied') : t('copy')}
        </Button>
      ) : null}
    </Part>
  );
}

type Check = 'same' | 'different' | 'unable';

/** How anybody checks this version, here or without this archive. */
export function Verification({ record }: { record: PublishedRecord }) {
  const { t } = useTranslation('record');
  const [found, setFound] = useState<Check | null>(null);
  const check = async () => {
    const digest = await sha256(frozenBody(record));
    setFound(digest === null ? 'unable' : digest === record.sha256 ? 'same' : 'different');
  };
  return (
    <Part title={t('verification')}>
      <dl className={styles['facts']}>
        <dt>{t('digest')}</dt>
        <dd>
          <code>sha256:{record.sha256}</code>
        </dd>
        <dt>{t('permanent')}</dt>
        <dd>
          <code>{addressOf(record)}</code>
        </dd>
      </dl>
      <ol className={styles['steps']}>
        <li>{t('verify.load')}</li>
        <li>{t('verify.strip')}</li>
        <li>{t('verify.digest')}</li>
        <li>{t('verify.originals')}</li>
      </ol>
      <div className={styles['screen']}>
        <Button onClick={() => void check()}>{t('verify.here')}</Button>
        <p role="status" data-found={found} className={styles['found']}>
          {found ? t(`verify.${found}`) : ''}
        </p>
        <p>
          {t('packageHint')} <Link to="/verify">{t('checkPackage')}</Link>
        </p>
      </div>
    </Part>
  );
}
