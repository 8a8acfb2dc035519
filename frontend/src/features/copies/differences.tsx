import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { momentWords } from '@/shared/lib/moments';
import type { Player } from '@/shared/player/contract';

import styles from './copies.module.css';
import type { Match } from './queries';

/** Only what differs: the seconds that one has and the other has not. */
export function Differences({ match, here }: { match: Match; here: Player }) {
  const { t } = useTranslation('copies');
  const rows = [
    ...match.only_a.map((rest) => ({ ...rest, where: 'here' as const })),
    ...match.only_b.map((rest) => ({ ...rest, where: 'there' as const })),
  ];
  if (rows.length === 0) return <p>{t('differences.none')}</p>;
  return (
    <table className={styles['table']}>
      <caption>{t('differences.title')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('differences.where')}</th>
          <th scope="col">{t('differences.from')}</th>
          <th scope="col">{t('differences.to')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.where} ${row.start_s}`}>
            <td>{t(`differences.${row.where}`)}</td>
            <td>
              {row.where === 'here' ? (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  onClick={() => here.seek(here.frameAt(row.start_s + here.timeOf(0)))}
                >
                  {momentWords(row.start_s)}
                </Button>
              ) : (
                momentWords(row.start_s)
              )}
            </td>
            <td>{momentWords(row.end_s)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
