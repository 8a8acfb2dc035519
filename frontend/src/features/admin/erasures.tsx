import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { usePages } from '@/api/pages';
import { Moment } from '@/shared/ui/moment';

import { PagedTable } from './paged-table';

/** Every erasure that waits for an answer or was carried out: on what basis, who asked and who agreed. */
export function Erasures() {
  const { t } = useTranslation(['admin', 'source']);
  const pages = usePages(['erasures'], (query) => told(api.GET('/api/v1/erasures', { params: { query } })));
  return (
    <PagedTable name="erasures" columns={['item', 'basis', 'asked', 'answer', 'state']} pages={pages}>
      {pages.rows.map((erasure) => (
        <tr key={erasure.erasure}>
          <td>
            <Link to="/items/$item" params={{ item: erasure.item }}>
              {erasure.title ?? erasure.item.slice(-8)}
            </Link>
          </td>
          <td data-said>
            {erasure.basis}
            <small>{erasure.reason}</small>
          </td>
          <td>
            {erasure.asked_by.name}
            <small>
              <Moment at={erasure.asked_at} exact />
            </small>
          </td>
          <td>
            {erasure.answer ? (
              <>
                {erasure.answer.person.name}
                <small>
                  <Moment at={erasure.answer.made_at} exact />
                </small>
              </>
            ) : (
              '–'
            )}
          </td>
          <td>
            {t(`erasures.states.${erasure.state}`)}
            {erasure.done.length > 0 ? (
              <small>
                {t('erasures.destroyed', {
                  places: erasure.done
                    .map(({ place }) => t(`source:erasures.places.${place}`, { defaultValue: place }))
                    .join(', '),
                })}
              </small>
            ) : null}
          </td>
        </tr>
      ))}
    </PagedTable>
  );
}
