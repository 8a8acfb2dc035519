import { SegmentedControl } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Page } from '@/shared/ui/page';

import { AddressForm } from './address-form';
import { FileForm } from './file-form';
import { sharedAddress, sharedNote } from './search';
import styles from './submit.module.css';

/** Hands something in: an address, or a file somebody has. Made for a phone first. */
export function SubmitPage() {
  const { t } = useTranslation('submit');
  const search = useSearch({ from: '/submit' });
  const [way, setWay] = useState<'address' | 'file'>('address');
  const [note, setNote] = useState(sharedNote(search));
  return (
    <Page title={t('title')} lead={t('lead')} width="narrow">
      <SegmentedControl
        className={styles['ways'] ?? ''}
        aria-label={t('way')}
        value={way}
        data={[
          { value: 'address', label: t('byAddress') },
          { value: 'file', label: t('byFile') },
        ]}
        onChange={(value) => setWay(value === 'file' ? 'file' : 'address')}
      />
      {way === 'address' ? (
        <AddressForm shared={sharedAddress(search)} note={note} setNote={setNote} />
      ) : (
        <FileForm note={note} setNote={setNote} />
      )}
      <p className={styles['foot']}>{t('kept')}</p>
    </Page>
  );
}
