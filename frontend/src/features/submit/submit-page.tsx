import { SegmentedControl } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Sensitivity } from '@/shared/lib/sensitivities';
import { Page } from '@/shared/ui/page';
import { Bones } from '@/shared/ui/states';

import { AddressForm } from './address-form';
import { sharedAddress, sharedNote } from './search';
import styles from './submit.module.css';

// What most people need first is the form for a link; the others come when they are asked for.
const FileForm = lazy(() => import('./file-form').then((room) => ({ default: room.FileForm })));
const ListForm = lazy(() => import('./list-form').then((room) => ({ default: room.ListForm })));

type Way = 'address' | 'file' | 'list';

/** Hands something in: an address, files somebody has, or a list of addresses. Made for a phone first. */
export function SubmitPage() {
  const { t } = useTranslation('submit');
  const search = useSearch({ from: '/submit' });
  // What is typed stays while another way is looked at.
  const [url, setUrl] = useState(sharedAddress(search));
  const [list, setList] = useState('');
  const [way, setWay] = useState<Way>('address');
  const [note, setNote] = useState(sharedNote(search));
  const [sensitivity, setSensitivity] = useState<Sensitivity>('restricted');
  const told = { note, setNote, sensitivity, setSensitivity };
  return (
    <Page title={t('title')} lead={t('lead')} width="narrow">
      <SegmentedControl
        className={styles['ways'] ?? ''}
        aria-label={t('way')}
        value={way}
        data={[
          { value: 'address', label: t('byAddress') },
          { value: 'file', label: t('byFile') },
          { value: 'list', label: t('byList') },
        ]}
        onChange={(value) => setWay(value as Way)}
      />
      <Suspense fallback={<Bones />}>
        {way === 'address' ? <AddressForm url={url} setUrl={setUrl} {...told} /> : null}
        {way === 'file' ? <FileForm {...told} /> : null}
        {way === 'list' ? (
          <ListForm text={list} setText={setList} sensitivity={sensitivity} setSensitivity={setSensitivity} />
        ) : null}
      </Suspense>
      <p className={styles['foot']}>{t('kept')}</p>
    </Page>
  );
}
