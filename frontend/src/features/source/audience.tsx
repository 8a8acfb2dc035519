import { Button, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { useDesk } from '@/shared/desk/contract';
import { IconLock } from '@/shared/ui/icons';

import { AudienceForm } from './audience-form';
import { openLevels } from './levels';
import styles from './source.module.css';

/** Whom the item is for, and the ways to change that: among the open levels, and to seal it for good. */
export function Audience() {
  const { t } = useTranslation('audience');
  const { item } = useDesk();
  const { data: me } = useQuery(meQuery);
  const [asking, setAsking] = useState<'change' | 'seal' | null>(null);
  const isOpen = item.sensitivity !== 'sealed';
  const may = isOpen && (me?.may.review ?? false);
  const levels = openLevels(item.sensitivity, me?.may.widen ?? false);
  const close = () => setAsking(null);
  return (
    <section>
      <header className={styles['head']}>
        <h2>{t('who')}</h2>
        {may && levels.length > 1 ? <Button onClick={() => setAsking('change')}>{t('change')}</Button> : null}
        {may ? (
          <Button leftSection={<IconLock size={14} aria-hidden="true" />} onClick={() => setAsking('seal')}>
            {t('seal')}
          </Button>
        ) : null}
      </header>
      <p>
        <strong>{t(`levels.${item.sensitivity}`)}.</strong> {t(`hints.${item.sensitivity}`)}
      </p>
      <Modal
        opened={asking !== null}
        onClose={close}
        title={t(asking === 'seal' ? 'sealTitle' : 'changeTitle')}
        closeButtonProps={{ 'aria-label': t('app:close') }}
      >
        {asking ? <AudienceForm levels={asking === 'seal' ? ['sealed'] : levels} done={close} /> : null}
      </Modal>
    </section>
  );
}
