import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Pages } from '@/api/pages';
import { Section } from '@/shared/ui/page';
import { Paged } from '@/shared/ui/paged';
import { StateMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './admin.module.css';

/** A section of the administration that is one table, read page by page; its words stand under `name`, its rows are the children. */
export function PagedTable<Row>(props: {
  name: string;
  none?: string;
  columns: readonly string[];
  pages: Pages<Row>;
  above?: ReactNode;
  children: ReactNode;
}) {
  const { t } = useTranslation('admin');
  const { name, none, columns, pages, above, children } = props;
  const empty = (
    <StateMessage title={t(none ?? `${name}.none`)}>
      <p>{t(`${name}.noneHint`)}</p>
    </StateMessage>
  );
  return (
    <Section title={t(`${name}.title`)} hint={t(`${name}.hint`)}>
      {above}
      <Paged pages={pages} empty={empty} more={t('more')}>
        <Wide label={t(`${name}.title`)}>
          <table className={styles['table']}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {t(`${name}.${column}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>{children}</tbody>
          </table>
        </Wide>
      </Paged>
    </Section>
  );
}
