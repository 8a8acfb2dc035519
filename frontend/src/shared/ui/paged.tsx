import { Button } from '@mantine/core';
import type { ReactNode } from 'react';

import type { Pages } from '@/api/pages';

import { Bones, FailureMessage } from './states';

/** What is read page by page: on its way, failed, empty, or there, with a way to the next page. */
export function Paged<Row>(props: { pages: Pages<Row>; empty: ReactNode; more: string; children: ReactNode }) {
  const { listed, rows } = props.pages;
  return (
    <>
      {listed.error ? <FailureMessage error={listed.error} retry={() => void listed.refetch()} /> : null}
      {listed.isPending ? <Bones /> : null}
      {listed.data && rows.length === 0 ? props.empty : null}
      {rows.length > 0 ? props.children : null}
      {listed.hasNextPage ? (
        <Button onClick={() => void listed.fetchNextPage()} loading={listed.isFetchingNextPage}>
          {props.more}
        </Button>
      ) : null}
    </>
  );
}
