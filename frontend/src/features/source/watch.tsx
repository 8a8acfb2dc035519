import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { useDesk } from '@/shared/desk/contract';
import { absolute, Moment } from '@/shared/ui/moment';
import { FailureMessage } from '@/shared/ui/states';

import styles from './source.module.css';

type Watched = Schemas['SourceWatch'];
const HOUR_MS = 3_600_000;

/** Whether the post is still at its source: every look at it, and how soon it went if it did. */
export function Watch() {
  const { t } = useTranslation('source');
  const { item } = useDesk();
  const { data, error, refetch } = useQuery({
    queryKey: ['item', item.item, 'sightings'],
    queryFn: () => told(api.GET('/api/v1/items/{item}/sightings', { params: { path: { item: item.item } } })),
    enabled: Boolean(item.source),
  });
  if (error && !data) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (!item.source || !data?.saved_at) return null;
  const newest = data.sightings.at(-1);
  return (
    <section>
      <h2>{t('watch.title')}</h2>
      {data.gone ? <Gone gone={data.gone} savedAt={data.saved_at} publishedAt={item.published_at ?? null} /> : null}
      {!data.gone && newest ? (
        <p>
          {t(`watch.found.${newest.liveness}`)} <Moment at={newest.seen_at} />.
        </p>
      ) : null}
      {!newest ? <p className={styles['dim']}>{t('watch.notYet')}</p> : null}
      {newest ? <Line watched={data} savedAt={data.saved_at} /> : null}
      {data.next_at ? (
        <p className={styles['dim']}>
          {t('watch.next')} <Moment at={data.next_at} />.
        </p>
      ) : null}
    </section>
  );
}

/** An interval, because nobody saw it go: it was there at the one look and not at the next. */
function Gone(props: { gone: NonNullable<Watched['gone']>; savedAt: string; publishedAt: string | null }) {
  const { t } = useTranslation('source');
  const { gone, savedAt, publishedAt } = props;
  const hours = (since: string) => Math.max(0, Math.round((Date.parse(gone.seen_at) - Date.parse(since)) / HOUR_MS));
  return (
    <div className={styles['bad']}>
      <p>
        {t(`watch.found.${gone.liveness}`)} <Moment at={gone.seen_at} exact />.
      </p>
      {publishedAt ? <p>{t('watch.afterPosting', { count: hours(publishedAt) })}</p> : null}
      <p>{t('watch.afterSaving', { count: hours(savedAt) })}</p>
      <p>
        {t('watch.lastThere')} <Moment at={gone.live_at} exact />. {t('watch.looks', { count: gone.looks })}
      </p>
    </div>
  );
}

/** Every look from left to right, after when it was saved; its shape says what it found. */
function Line({ watched, savedAt }: { watched: Watched; savedAt: string }) {
  const { t, i18n } = useTranslation('source');
  return (
    <ol className={styles['looks']} aria-label={t('watch.line')}>
      <li data-liveness="saved" title={`${t('watch.saved')}: ${absolute(new Date(savedAt), i18n.language)}`}>
        <span>{t('watch.saved')}</span>
      </li>
      {watched.sightings.map((look) => {
        const words = `${t(`watch.states.${look.liveness}`)}: ${absolute(new Date(look.seen_at), i18n.language)}`;
        return (
          <li key={look.seen_at} data-liveness={look.liveness} title={words}>
            <span>{words}</span>
          </li>
        );
      })}
    </ol>
  );
}
