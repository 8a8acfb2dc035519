import { Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { Page } from '@/shared/ui/page';
import { StateMessage } from '@/shared/ui/states';

import { Erasures } from './erasures';
import { Holds } from './holds';
import { Jobs } from './jobs';
import { People } from './people';
import { Installation } from './installation';
import { Sites } from './sites';
import { Storage } from './storage';

const SECTIONS = {
  people: { body: <People />, needs: ['manage_people'] },
  jobs: { body: <Jobs />, needs: ['publish', 'manage_people'] },
  sites: { body: <Sites />, needs: ['publish', 'manage_people'] },
  holds: { body: <Holds />, needs: ['hold'] },
  erasures: { body: <Erasures />, needs: ['hold'] },
  installation: { body: <Installation />, needs: ['manage_people'] },
  storage: { body: <Storage />, needs: ['manage_people'] },
} as const;

type Name = keyof typeof SECTIONS;
const NAMES: readonly Name[] = ['people', 'jobs', 'sites', 'holds', 'erasures', 'installation', 'storage'];

/** People and their roles, work and its failures, how sites answer, legal holds, erasures, the installation's health, room. */
export function AdminPage() {
  const { t } = useTranslation('admin');
  const { section } = useParams({ strict: false });
  const navigate = useNavigate();
  const { data: me } = useQuery(meQuery);
  const open = NAMES.filter((name) => SECTIONS[name].needs.some((need) => me?.may[need]));
  const chosen = open.find((name) => name === section) ?? open[0];
  if (me && !chosen) {
    return (
      <StateMessage title={t('closed')} centred>
        <p>{t('closedHint')}</p>
      </StateMessage>
    );
  }
  return (
    <Page title={t('title')}>
      <Tabs
        value={chosen ?? null}
        keepMounted={false}
        onChange={(name) => void navigate({ to: '/admin/$section', params: { section: name ?? 'people' } })}
      >
        <Tabs.List>
          {open.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`sections.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {open.map((name) => (
          <Tabs.Panel key={name} value={name}>
            {SECTIONS[name].body}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
