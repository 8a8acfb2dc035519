import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { usePages } from '@/api/pages';
import { Moment } from '@/shared/ui/moment';

import { PagedTable } from './paged-table';

/** Every legal hold that stands: what it keeps, by whose authority, and whether somebody has asked for its end. */
export function Holds() {
  const { t } = useTranslation('admin');
  const pages = usePages(['holds'], (query) => told(api.GET('/api/v1/holds', { params: { query } })));
  return (
    <PagedTable name="holds" columns={['item', 'authority', 'reason', 'placed', 'state']} pages={pages}>
      {pages.rows.map((hold) => (
        <tr key={hold.hold}>
          <td>
            <Link to="/items/$item" params={{ item: hold.item }}>
              {hold.title ?? hold.item.slice(-8)}
            </Link>
          </td>
          <td data-said>{hold.authority}</td>
          <td data-said>{hold.reason}</td>
          <td>
            {hold.placed_by.name}
            <small>
              <Moment at={hold.placed_at} exact />
            </small>
          </td>
          <td>
            {t(`holds.states.${hold.state}`)}
            {hold.releases.map((release) => (
              <small key={release.person.id}>
                {release.person.name}: {release.reason}
              </small>
            ))}
          </td>
        </tr>
      ))}
    </PagedTable>
  );
}
