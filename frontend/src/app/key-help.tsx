import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { useOfferedActions } from '@/shared/ui/actions';
import { KeyCaps } from '@/shared/ui/key-caps';

import styles from './key-help.module.css';

/** Every key that does something here, by group. */
export function KeyHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('app');
  const actions = useOfferedActions().filter((action) => action.key);
  const groups = [...new Set(actions.map((action) => action.group))];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('help.title')}
      size="xl"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <div className={styles['groups']}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {actions
                .filter((action) => action.group === group)
                .map((action) => (
                  <div key={action.id}>
                    <dt>{action.key ? <KeyCaps chord={action.key} /> : null}</dt>
                    <dd>{action.label}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <p className={styles['foot']}>{t('help.foot')}</p>
    </Modal>
  );
}
