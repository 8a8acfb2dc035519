import { useTranslation } from 'react-i18next';

import { useDesk } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';
import { Wide } from '@/shared/ui/wide';

import { useComparison } from './comparison-query';
import styles from './source.module.css';

/** What changed from capture to capture, in a table; nothing where there is nothing to compare. */
export function Comparison() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const { data, error } = useComparison(item);
  const captures = data?.data ?? [];
  if (error && item.captures.length > 1) {
    return (
      <p role="alert" className={styles['bad']}>
        {t('comparison.failed')}
      </p>
    );
  }
  if (captures.length < 2) return null;
  const rows = captures.flatMap(({ capture, started_at, changes }) =>
    changes.map((change) => ({ key: `${capture}/${change.name}`, at: started_at, ...change })),
  );
  return (
    <section>
      <h2>{t('comparison.title')}</h2>
      {rows.length === 0 ? (
        <p className={styles['dim']}>{t('comparison.same', { count: captures.length })}</p>
      ) : (
        <Wide label={t('comparison.title')}>
          <table className={styles['comparison']}>
            <thead>
              <tr>
                <th scope="col">{t('comparison.at')}</th>
                <th scope="col">{t('comparison.what')}</th>
                <th scope="col">{t('comparison.before')}</th>
                <th scope="col">{t('comparison.after')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.toReversed().map((row) => (
                <tr key={row.key}>
                  <td>
                    <Moment at={row.at} exact />
                  </td>
                  <th scope="row">{nameOf(row.name)}</th>
                  <td>{wordsOf(row.name, row.before)}</td>
                  <td>{wordsOf(row.name, row.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  );

  function nameOf(name: string) {
    return name.startsWith('recipe ')
      ? t('comparison.recipe', { name: name.slice('recipe '.length) })
      : t(`comparison.names.${name}`, { defaultValue: name });
  }

  function wordsOf(name: string, value: string | null) {
    if (value === null) return '–';
    if (name === 'outcome') return t(`outcomes.${value}`, { defaultValue: value });
    if (name === 'presence') return t(`page.presences.${value}`, { defaultValue: value });
    return name === 'bytes' ? <span className={styles['mono']}>{shortened(value)}</span> : value;
  }
}

/** Digests by their first letters: enough to see that they differ; whole they stand among the files. */
function shortened(digests: string) {
  return digests
    .split(', ')
    .map((digest) => `${digest.slice(0, 'sha256:'.length + 12)}…`)
    .join(', ');
}
