import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { api, type Schemas, told } from '@/api/client';
import { useSaid } from '@/shared/ui/archive-words';
import { AsWritten } from '@/shared/ui/cause';
import { IconAlert, IconCheck, IconHelp, IconX } from '@/shared/ui/icons';
import { InCode } from '@/shared/ui/in-code';
import { Moment } from '@/shared/ui/moment';
import { Section } from '@/shared/ui/page';
import { Bones, FailureMessage, StateMessage } from '@/shared/ui/states';

import styles from './admin.module.css';

const LEVELS = {
  unsafe: { tone: 'bad', sign: <IconX size={16} /> },
  warn: { tone: 'care', sign: <IconAlert size={16} /> },
  unknown: { tone: 'care', sign: <IconHelp size={16} /> },
  ok: { tone: 'good', sign: <IconCheck size={16} /> },
} as const;

const WALL = 'wall:';
const ORDER = ['unsafe', 'warn', 'unknown', 'ok'] as const;

/** What the installation's own examination found, worst first. */
export function Installation() {
  const { t } = useTranslation('admin');
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ['doctor'],
    queryFn: () => told(api.GET('/api/v1/doctor')),
  });
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (isPending) return <Bones />;
  if (!data.findings || !data.made_at) {
    return (
      <StateMessage title={t('installation.never')}>
        <p>
          <InCode>{t('installation.neverHint')}</InCode>
        </p>
      </StateMessage>
    );
  }
  const findings = data.findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  return (
    <Section
      title={data.safe ? t('installation.safe') : t('installation.unsafe')}
      hint={
        <>
          {t('installation.looked')} <Moment at={data.made_at} />. {data.version}
        </>
      }
    >
      <ul className={styles['findings']}>
        {findings.map((finding) => (
          // Several may have one name: of each store, each site.
          <FindingLine key={`${finding.name} ${finding.sentence}`} finding={finding} />
        ))}
      </ul>
    </Section>
  );
}

/** One thing that was looked at: what, how it is, what was found, and what helps. */
function FindingLine({ finding }: { finding: Schemas['DoctorFinding'] }) {
  const { t } = useTranslation('admin');
  const saidOf = useSaid();
  const level = LEVELS[finding.level];
  const [name, wall] = finding.name.startsWith(WALL) ? ['wall', finding.name.slice(WALL.length)] : [finding.name];
  const helps = t(`installation.next.${wall ? 'sandbox' : name}`, { defaultValue: '' });
  const next = finding.next ? saidOf(helps, finding.next) : null;
  return (
    <li>
      <span className={styles['level']} data-level={level.tone}>
        {level.sign} {t(`installation.levels.${finding.level}`)}
      </span>
      <div>
        <h3>{t(`installation.names.${name}`, { wall, defaultValue: finding.name })}</h3>
        {next ? (
          <p lang={next.lang}>
            <InCode>{next.text}</InCode>
          </p>
        ) : null}
        <AsWritten sentence={finding.sentence} />
      </div>
    </li>
  );
}
