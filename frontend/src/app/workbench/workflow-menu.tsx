import { Button, Menu, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { isProblem } from '@/api/errors';
import { itemQuery } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';
import { useFailureWords } from '@/shared/ui/archive-words';
import { IconChevronDown } from '@/shared/ui/icons';

import { movesFrom, needsReason, type Workflow } from './moves';
import styles from './workbench.module.css';

/** Along the review, and beside it: what is set aside is under no legal hold by that. */
const GROUPS = ['review', 'aside'] as const;
const groupOf = (workflow: Workflow) => (needsReason(workflow) ? 'aside' : 'review');

/** Where the item stands in review, and where it can go from there. */
export function WorkflowMenu(props: {
  item: Item;
  etag: string | null;
  cameFrom: Workflow | null;
  locked: string | null;
}) {
  const { t } = useTranslation('workbench');
  const { item, etag } = props;
  const queries = useQueryClient();
  const [wanted, setWanted] = useState<Workflow | null>(null);
  const [reason, setReason] = useState('');
  const moving = useMutation({
    mutationFn: ({ workflow, why }: { workflow: Workflow; why: string }) =>
      told(
        api.PUT('/api/v1/items/{item}/workflow', {
          params: { path: { item: item.item }, header: { 'if-match': etag ?? `"${item.version}"` } },
          body: { workflow, reason: why },
        }),
      ),
    onSuccess: () => {
      setWanted(null);
      setReason('');
    },
    onSettled: () => queries.invalidateQueries({ queryKey: itemQuery(item.item).queryKey, exact: true }),
  });
  const moves = movesFrom(item.workflow, props.cameFrom);
  const here = t(`workflow.${item.workflow}`);
  if (props.locked || moves.length === 0) return <span className={styles['workflow']}>{here}</span>;
  const go = (workflow: Workflow) => {
    moving.reset();
    setWanted(workflow);
    if (!needsReason(workflow)) moving.mutate({ workflow, why: '' });
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal={false}>
        <Menu.Target>
          <Button
            aria-label={t('moves.state', { state: here })}
            rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          >
            {here}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {GROUPS.map((group) => (
            <Fragment key={group}>
              {moves.some((workflow) => groupOf(workflow) === group) ? (
                <Menu.Label>{t(`moves.${group}`)}</Menu.Label>
              ) : null}
              {moves
                .filter((workflow) => groupOf(workflow) === group)
                .map((workflow) => (
                  <Menu.Item key={workflow} onClick={() => go(workflow)}>
                    {workflow === props.cameFrom
                      ? t('moves.back', { state: t(`workflow.${workflow}`) })
                      : t(`moves.${workflow}`)}
                  </Menu.Item>
                ))}
            </Fragment>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={wanted !== null && (needsReason(wanted) || moving.isError)}
        onClose={() => setWanted(null)}
        title={wanted ? t(`moves.${wanted}`, { defaultValue: t(`workflow.${wanted}`) }) : ''}
        closeButtonProps={{ 'aria-label': t('moves.cancel') }}
      >
        {wanted ? (
          <form
            className={styles['reason']}
            onSubmit={(event) => {
              event.preventDefault();
              moving.mutate({ workflow: wanted, why: reason.trim() });
            }}
          >
            {needsReason(wanted) ? (
              <Textarea
                data-autofocus
                label={t('moves.why')}
                description={t('moves.whyHint')}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            ) : null}
            {moving.error ? <Failure error={moving.error} /> : null}
            <Button
              type="submit"
              variant="filled"
              loading={moving.isPending}
              disabled={needsReason(wanted) && !reason.trim()}
            >
              {isProblem(moving.error, 'stale') ? t('moves.again') : t('moves.do')}
            </Button>
          </form>
        ) : null}
      </Modal>
    </>
  );
}

function Failure({ error }: { error: unknown }) {
  const { line } = useFailureWords(error);
  return (
    <p role="alert" className={styles['bad']}>
      {line}
    </p>
  );
}
