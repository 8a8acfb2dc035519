import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { meQuery } from '@/api/queries';
import { IconAlert, IconCheck } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';
import { Wide } from '@/shared/ui/wide';

import styles from './admin.module.css';
import { SiteSessions } from './site-sessions';

type Site = Schemas['SiteLine'];
const EVERY_MS = 15_000;
const HOUR_MS = 3_600_000;
const HOURS = 24;
const AWAY = new Set(['rate_limited', 'unreachable', 'login_required']);
const WITH_MEDIA = new Set(['captured', 'partial']);

/** How each site answers, and the archive's own accounts there. */
export function Sites() {
  const { data: me } = useQuery(meQuery);
  return (
    <>
      <Answers />
      {me?.may.manage_people ? <SiteSessions /> : null}
    </>
  );
}

/** How each site answers, hour by hour, and what waits for it. */
function Answers() {
  const { t } = useTranslation('admin');
  const { data, error, refetch, isPending, dataUpdatedAt } = useQuery({
    queryKey: ['sites'],
    queryFn: () => told(api.GET('/api/v1/sites')),
    refetchInterval: EVERY_MS,
  });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (isPending) return <Bones />;
  if (data.sites.length === 0) {
    return (
      <StateMessage title={t('sites.none')}>
        <p>{t('sites.noneHint')}</p>
      </StateMessage>
    );
  }
  return (
    <Section title={t('sites.title')} hint={t('sites.hint')}>
      <Wide label={t('sites.title')}>
        <table className={styles['table']}>
          <thead>
            <tr>
              {(['site', 'stands', 'hours', 'waiting', 'asked'] as const).map((column) => (
                <th key={column} scope="col">
                  {t(`sites.${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.sites.map((site) => (
              <SiteRow key={site.site} site={site} now={dataUpdatedAt} />
            ))}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}

function SiteRow({ site, now }: { site: Site; now: number }) {
  const { t, i18n } = useTranslation('admin');
  const count = (number: number) => new Intl.NumberFormat(i18n.language).format(number);
  const spent = site.budget !== null && site.asked_this_hour >= site.budget;
  return (
    <tr>
      <th scope="row">
        {site.name}
        {site.name === site.site ? null : <small>{site.site}</small>}
      </th>
      <td data-said>
        {site.notice ? (
          <>
            <span className={styles['level']} data-level="care">
              <IconAlert size={16} /> {t(`sites.causes.${site.notice.cause}`)}
            </span>
            <small>
              {t('sites.since')} <Moment at={site.notice.since} exact />
            </small>
            {site.notice.until ? (
              <small>
                {t('sites.next')} <Moment at={site.notice.until} />
              </small>
            ) : null}
          </>
        ) : (
          <span className={styles['level']} data-level="good">
            <IconCheck size={16} /> {t('sites.well')}
          </span>
        )}
      </td>
      <td>
        <Hours hours={site.hours} now={now} />
      </td>
      <td data-number>{count(site.waiting)}</td>
      <td data-number>
        {count(site.asked_this_hour)}
        {site.budget === null ? null : ` / ${count(site.budget)}`}
        {spent ? (
          <small className={styles['level']} data-level="care">
            {t('sites.spent')}
          </small>
        ) : null}
      </td>
    </tr>
  );
}

/** The last hours as bars: what brought media, what the site refused, and the rest, one above the other. */
function Hours({ hours, now }: { hours: Site['hours']; now: number }) {
  const { t } = useTranslation('admin');
  const last = Math.floor(now / HOUR_MS);
  const bars = Array.from({ length: HOURS }, (_, index) => {
    const hour = hours.find((one) => Math.floor(Date.parse(one.hour) / HOUR_MS) === last - HOURS + 1 + index);
    return sums(hour?.outcomes ?? {});
  });
  const most = Math.max(1, ...bars.map((bar) => bar.good + bar.bad + bar.other));
  const total = (part: 'good' | 'bad' | 'other') => bars.reduce((sum, bar) => sum + bar[part], 0);
  const label = t('sites.picture', { good: total('good'), bad: total('bad'), other: total('other') });
  return (
    <svg className={styles['hours']} viewBox={`0 0 ${HOURS * 6} 24`} role="img" aria-label={label}>
      <title>{label}</title>
      {bars.map((bar, index) => {
        const height = (part: number) => (part / most) * 23;
        const parts = [
          ['good', height(bar.good)],
          ['bad', height(bar.bad)],
          ['other', height(bar.other)],
        ] as const;
        let top = 24;
        return parts.map(([part, tall]) => {
          top -= tall;
          return <rect key={`${index} ${part}`} data-part={part} x={index * 6} y={top} width={5} height={tall} />;
        });
      })}
    </svg>
  );
}

function sums(outcomes: Record<string, number>): { good: number; bad: number; other: number } {
  const found = { good: 0, bad: 0, other: 0 };
  for (const [outcome, count] of Object.entries(outcomes)) {
    found[WITH_MEDIA.has(outcome) ? 'good' : AWAY.has(outcome) ? 'bad' : 'other'] += count;
  }
  return found;
}
