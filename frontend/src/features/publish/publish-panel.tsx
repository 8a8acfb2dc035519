import { Button, Modal, Radio } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { api, onceKey, told } from '@/api/client';
import { isProblem, Unreached } from '@/api/errors';
import { itemQuery, meQuery } from '@/api/queries';
import { SaidFoot } from '@/shared/desk/assertion-list';
import { textOf } from '@/shared/desk/citations';
import { type Assertion, useDesk } from '@/shared/desk/contract';
import { SENSITIVITIES, type Sensitivity } from '@/shared/lib/sensitivities';
import { useFailureWords } from '@/shared/ui/archive-words';

import { cautions, disclosure, isWider, obstacles, standing } from './disclosure';
import styles from './publish.module.css';

/** Freezes what may be told of the item into a record; says first what that will be. */
export function PublishPanel() {
  const { t } = useTranslation('publish');
  const { item } = useDesk();
  const { data: me } = useQuery(meQuery);
  const [audience, setAudience] = useState<Sensitivity>(item.sensitivity);
  const hindered = obstacles(item, me?.may.publish ?? false);
  const { accepted, candidates } = standing(item);
  return (
    <div className={styles['panel']}>
      {item.record ? (
        <p>
          {t('published')}{' '}
          <Link to="/records/$record" params={{ record: item.record }} className={styles['mono']}>
            {item.record}
          </Link>
          . {t('anew')}
        </p>
      ) : null}
      <Radio.Group
        label={t('audience')}
        value={audience}
        onChange={(value) => setAudience(SENSITIVITIES.find((one) => one === value) ?? item.sensitivity)}
      >
        <div className={styles['choices']}>
          {SENSITIVITIES.map((one) => (
            <Radio
              key={one}
              size="xs"
              value={one}
              label={t(`audiences.${one}`)}
              description={t(`audienceHints.${one}`)}
            />
          ))}
        </div>
      </Radio.Group>
      <Disclosure audience={audience} />
      <Preview title={t('accepted')} none={t('noneAccepted')} said={accepted} />
      <Preview title={t('candidates')} none={t('noneCandidates')} said={candidates} />
      <Obstacles names={hindered} cautions={cautions(item)} />
      <Publishing audience={audience} hindered={hindered.length > 0} />
    </div>
  );
}

function Disclosure({ audience }: { audience: Sensitivity }) {
  const { t } = useTranslation('publish');
  const { told: shown, withheld } = disclosure(audience);
  return (
    <div className={styles['disclosure']}>
      <section>
        <h2>{t('told.title')}</h2>
        <ul>
          {shown.map((name) => (
            <li key={name}>{t(`told.${name}`)}</li>
          ))}
        </ul>
      </section>
      <section data-withheld>
        <h2>{t('withheld.title')}</h2>
        <ul>
          {withheld.map((name) => (
            <li key={name}>{t(`withheld.${name}`)}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}

function Preview({ title, none, said }: { title: string; none: string; said: readonly Assertion[] }) {
  const { t } = useTranslation('publish');
  return (
    <section>
      <h2>
        {title} <span className={styles['dim']}>{said.length}</span>
      </h2>
      {said.length === 0 ? <p className={styles['dim']}>{none}</p> : null}
      <ul className={styles['said']}>
        {said.map((one) => (
          <li key={one.assertion}>
            <h3>{t(`kinds.${one.kind}`)}</h3>
            {textOf(one) === one.body['reasoning'] ? null : <p>{textOf(one)}</p>}
            <SaidFoot assertion={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Obstacles({ names, cautions: others }: { names: readonly string[]; cautions: readonly string[] }) {
  const { t } = useTranslation('publish');
  if (names.length + others.length === 0) return null;
  return (
    <ul className={styles['obstacles']}>
      {names.map((name) => (
        <li key={name} className={styles['bad']}>
          {t(`obstacles.${name}`)}
        </li>
      ))}
      {others.map((name) => (
        <li key={name} className={styles['care']}>
          {t(`cautions.${name}`)}
        </li>
      ))}
    </ul>
  );
}

function Publishing({ audience, hindered }: { audience: Sensitivity; hindered: boolean }) {
  const { t } = useTranslation(['publish', 'audience', 'app']);
  const { item } = useDesk();
  const queries = useQueryClient();
  const [key, setKey] = useState(onceKey);
  const [asking, setAsking] = useState(false);
  const publishing = useMutation({
    mutationFn: async () => {
      // The state the publisher saw, not the newest there is: what came in between is looked at first.
      const etag = queries.getQueryData(itemQuery(item.item).queryKey)?.etag;
      const header = { 'idempotency-key': key, ...(etag ? { 'if-match': etag } : {}) };
      return told(
        api.POST('/api/v1/items/{item}/publication', {
          params: { path: { item: item.item }, header },
          body: { sensitivity: audience },
        }),
      );
    },
    onSettled: async (_record, error) => {
      // Without an answer the same publication may be asked for once more; it is then the same one.
      if (!(error instanceof Unreached)) setKey(onceKey());
      await queries.invalidateQueries({ queryKey: itemQuery(item.item).queryKey, exact: true });
    },
  });
  const failure = useFailureWords(publishing.error);
  const stale = isProblem(publishing.error, 'stale');
  return (
    <div className={styles['do']}>
      {publishing.error ? (
        <p role="alert" className={styles['bad']}>
          {stale ? t('stale') : failure.line}
        </p>
      ) : null}
      {publishing.data ? (
        <p role="status">
          {t('done', { version: publishing.data.version })}{' '}
          <Link to="/records/$record" params={{ record: publishing.data.pid }}>
            {t('see')}
          </Link>
        </p>
      ) : null}
      <Button variant="filled" disabled={hindered} loading={publishing.isPending} onClick={() => setAsking(true)}>
        {item.record ? t('publishAgain') : t('publish')}
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('ask.title')}
        closeButtonProps={{ 'aria-label': t('app:close') }}
      >
        <div className={styles['ask']}>
          <p>{t(`ask.who.${audience}`)}</p>
          {isWider(audience, item.sensitivity) ? (
            <p className={styles['care']}>{t('ask.wider', { level: t(`audience:levels.${item.sensitivity}`) })}</p>
          ) : null}
          <p>{t('ask.forever')}</p>
          <Button
            variant="filled"
            onClick={() => {
              setAsking(false);
              publishing.mutate();
            }}
          >
            {t('ask.do', { audience: t(`audiences.${audience}`) })}
          </Button>
        </div>
      </Modal>
    </div>
  );
}
