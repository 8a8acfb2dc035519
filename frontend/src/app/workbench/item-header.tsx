import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import type { Item } from '@/shared/desk/contract';

import { AssigneeMenu } from './assignee-menu';
import { LeaseState } from './lease-state';
import { questions } from './questions';
import type { Workbench } from './use-workbench';
import { WorkflowMenu } from './workflow-menu';
import styles from './workbench.module.css';

/** What the item is called, how far its questions are answered, and who works on it. */
export function ItemHeader({ bench, etag }: { bench: Workbench; etag: string | null }) {
  const { t } = useTranslation('workbench');
  const { data: me } = useQuery(meQuery);
  const { item } = bench.desk;
  const isLead = me?.may.publish ?? false;
  return (
    <header className={styles['header']}>
      <span className={styles['id']} title={item.item}>
        {shortId(item.item)}
      </span>
      <h1 className={styles['title']}>{titleOf(item) ?? t('untitled')}</h1>
      <Progress item={item} />
      <div className={styles['desk']}>
        <WorkflowMenu item={item} etag={etag} cameFrom={bench.cameFrom} locked={bench.desk.locked} />
        <AssigneeMenu item={item} me={me ?? null} isLead={isLead} />
        <LeaseState leasing={bench.leasing} locked={bench.desk.locked} isLead={isLead} />
      </div>
    </header>
  );
}

function Progress({ item }: { item: Item }) {
  const { t } = useTranslation('workbench');
  return (
    <ul className={styles['questions']} aria-label={t('questions.label')}>
      {questions(item).map(([question, answer]) => (
        <li key={question} data-answer={answer}>
          <span className={styles['shape']} aria-hidden="true" />
          {t(`questions.${question}.${answer}`)}
        </li>
      ))}
    </ul>
  );
}

/** The end of an id, which is what differs between neighbours. */
export function shortId(item: string): string {
  return item.slice(-6);
}

export function titleOf(item: Pick<Item, 'title' | 'source'>): string | null {
  return item.title ?? item.source?.replace(/^https?:\/\/(www\.)?/, '') ?? null;
}
