import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useFailures } from '@/shared/ui/archive-words';
import { IconDownload } from '@/shared/ui/icons';

import { type DownloadForm, gathered, keep } from './queries';
import type { ExploreSearch } from './search';

/** Downloads everything that was found, also what is not loaded yet. */
export function Download({ search, disabled }: { search: ExploreSearch; disabled: boolean }) {
  const { t } = useTranslation('explore');
  const failureOf = useFailures();
  const [count, setCount] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  async function download(form: DownloadForm) {
    const control = new AbortController();
    running.current = control;
    setCount(0);
    try {
      const blob = await gathered(search, form, setCount, control.signal);
      keep(blob, `svidok-records-${new Date().toISOString().slice(0, 10)}.${form}`);
    } catch (error) {
      if (!control.signal.aborted) {
        notifications.show({
          color: 'red',
          title: t('download.failed'),
          message: failureOf(error).line,
        });
      }
    }
    setCount(null);
  }
  if (count !== null) return <Button onClick={() => running.current?.abort()}>{t('download.stop', { count })}</Button>;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button disabled={disabled} leftSection={<IconDownload size={16} />}>
          {t('download.label')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void download('geojson')}>{t('download.geojson')}</Menu.Item>
        <Menu.Item onClick={() => void download('json')}>{t('download.json')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
