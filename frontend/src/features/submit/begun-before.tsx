import { Button } from '@mantine/core';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { bytesInWords } from '@/shared/lib/bytes';
import { absolute } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import styles from './submit.module.css';

const begunQuery = queryOptions({
  queryKey: ['uploads'],
  queryFn: async () => (await told(api.GET('/api/v1/uploads'))).data,
  staleTime: 0,
});

/** Files that were begun on another day or another machine: what to do to go on with them, and a way to give them up. */
export function BegunBefore() {
  const { t, i18n } = useTranslation('submit');
  const { data: begun = [] } = useQuery(begunQuery);
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: async (upload: string) => {
      const headers = { 'Tus-Resumable': '1.0.0' };
      await api.DELETE('/api/v1/uploads/{upload}', { params: { path: { upload } }, headers });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: begunQuery.queryKey }),
  });
  if (begun.length === 0) return null;
  return (
    <section aria-labelledby="begun">
      <h2 id="begun">{t('file.begun', { count: begun.length })}</h2>
      <p>{t('file.begunHint')}</p>
      <ul className={styles['sendings']}>
        {begun.map((one) => (
          <li key={one.upload} className={styles['sending']}>
            <p className={styles['file']}>
              {one.name} · {bytesInWords(one.size_bytes, i18n.language)}
            </p>
            <p>
              {t('file.arrived', {
                percent: Math.floor((one.received_bytes / one.size_bytes) * 100),
                until: absolute(new Date(one.expires_at), i18n.language),
              })}
            </p>
            <div className={styles['deeds']}>
              <Button
                onClick={() => removing.mutate(one.upload)}
                loading={removing.isPending && removing.variables === one.upload}
                aria-label={`${t('file.stop')}: ${one.name}`}
              >
                {t('file.stop')}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {removing.isError ? <FailureMessage error={removing.error} /> : null}
    </section>
  );
}
