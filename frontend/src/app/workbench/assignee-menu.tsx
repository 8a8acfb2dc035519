import { Button, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, told } from '@/api/client';
import { itemQuery, type Me, peopleQuery } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';
import { useFailures, useFailureWords } from '@/shared/ui/archive-words';
import { IconChevronDown } from '@/shared/ui/icons';

/** Who has taken the item on: anybody for themselves, leads for anybody. */
export function AssigneeMenu({ item, me, isLead }: { item: Item; me: Me | null; isLead: boolean }) {
  const { t } = useTranslation('workbench');
  const queries = useQueryClient();
  const { data: people } = useQuery(peopleQuery);
  const failureOf = useFailures();
  const assigning = useMutation({
    mutationFn: (user: string | null) =>
      told(api.PUT('/api/v1/items/{item}/assignee', { params: { path: { item: item.item } }, body: { user } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: itemQuery(item.item).queryKey, exact: true }),
    onError: (error) => notifications.show({ color: 'red', message: failureOf(error).line }),
  });
  const { assignee } = item;
  const isMine = assignee !== null && assignee.id === me?.id;
  const isPerson = me?.kind === 'user';
  const mayGiveBack = assignee !== null && (isMine || isLead);
  const mayTake = isPerson && !isMine && (assignee === null || isLead);
  const others = isLead ? (people ?? []).filter(({ id }) => id !== assignee?.id && id !== me?.id) : [];
  const label = assignee
    ? t('assignee.of', { name: isMine ? t('assignee.you') : assignee.name })
    : t('assignee.nobody');
  const failure = useFailureWords(assigning.error);
  if (!mayTake && !mayGiveBack && others.length === 0) return <span>{label}</span>;
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Button
          loading={assigning.isPending}
          rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          title={assigning.error ? failure.line : undefined}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {mayTake ? <Menu.Item onClick={() => assigning.mutate(me.id)}>{t('assignee.take')}</Menu.Item> : null}
        {mayGiveBack ? <Menu.Item onClick={() => assigning.mutate(null)}>{t('assignee.giveBack')}</Menu.Item> : null}
        {others.length > 0 ? <Menu.Label>{t('assignee.others')}</Menu.Label> : null}
        {others.map((person) => (
          <Menu.Item key={person.id} onClick={() => assigning.mutate(person.id)}>
            {person.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
