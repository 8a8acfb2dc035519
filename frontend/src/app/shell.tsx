import { ActionIcon, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { instanceQuery, type Me, meQuery } from '@/api/queries';
import { LANGUAGE_NAMES, LANGUAGES, speak } from '@/i18n';
import { type Action, ActionsProvider, useActions } from '@/shared/ui/actions';
import { Cause } from '@/shared/ui/cause';
import { IconHelp, IconMenu, IconUser } from '@/shared/ui/icons';

import { Palette } from './palette';
import styles from './shell.module.css';
import { useLogOut } from './log-out';

const KeyHelp = lazy(async () => ({ default: (await import('./key-help')).KeyHelp }));

const NAVIGATION = [
  { to: '/submit', words: 'nav.submit', may: (me: Me) => me.may.submit },
  { to: '/receipts', words: 'nav.receipts', may: (me: Me) => me.may.submit },
  { to: '/queue', words: 'nav.queue', may: (me: Me) => me.may.review },
  { to: '/explore', words: 'nav.explore', may: () => true },
  { to: '/units', words: 'nav.units', may: (me: Me) => me.may.review },
  { to: '/places', words: 'nav.places', may: (me: Me) => me.may.review },
  { to: '/verify', words: 'nav.verify', may: () => true },
  { to: '/admin', words: 'nav.admin', may: (me: Me) => me.may.manage_people || me.may.publish || me.may.hold },
] as const;

/** What stands around every page: the way to the others, who is logged in, what everybody must know. */
export function Shell() {
  const { data: me } = useQuery(meQuery);
  return (
    <ActionsProvider keys={me?.preferences.keys ?? {}}>
      <Frame me={me ?? null} />
    </ActionsProvider>
  );
}

function Frame({ me }: { me: Me | null }) {
  const { t } = useTranslation('app');
  const [helping, setHelping] = useState(false);
  const { data: instance } = useQuery(instanceQuery);
  const places = NAVIGATION.filter((place) => (me ? place.may(me) : place.to === '/explore' || place.to === '/verify'));
  useActions([
    ...useWays(places),
    {
      id: 'app.help',
      label: t('help.open'),
      group: t('help.general'),
      chord: 'Shift+Slash',
      run: () => setHelping(true),
    },
  ]);
  return (
    <div className={styles['shell']}>
      <a className={styles['skip']} href="#main">
        {t('skip')}
      </a>
      <header className={styles['bar']}>
        <Link to="/" className={styles['name']}>
          {instance?.name ?? 'Svidok'}
        </Link>
        <nav aria-label={t('nav.label')} className={styles['wide']}>
          {places.map((place) => (
            <Link key={place.to} to={place.to} className={styles['way']}>
              {t(place.words)}
            </Link>
          ))}
        </nav>
        <span className={styles['space']} />
        <Menu position="bottom-start" withinPortal={false}>
          <Menu.Target>
            <ActionIcon aria-label={t('nav.menu')} className={styles['narrow'] ?? ''}>
              <IconMenu size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {places.map((place) => (
              <Menu.Item key={place.to} component={Link} to={place.to}>
                {t(place.words)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <ActionIcon aria-label={t('help.open')} onClick={() => setHelping(true)}>
          <IconHelp size={18} />
        </ActionIcon>
        <Person me={me} />
      </header>
      {instance && instance.warnings.length > 0 ? (
        <aside className={styles['notices']} aria-label={t('notices')}>
          {instance.warnings.map(({ code, sentence }) => (
            <Cause key={sentence} code={code} sentence={sentence} />
          ))}
        </aside>
      ) : null}
      <main id="main" tabIndex={-1} className={styles['main']}>
        <Outlet />
      </main>
      <Palette />
      {helping ? (
        <Suspense>
          <KeyHelp opened onClose={() => setHelping(false)} />
        </Suspense>
      ) : null}
    </div>
  );
}

function useWays(places: readonly (typeof NAVIGATION)[number][]): Action[] {
  const { t } = useTranslation('app');
  const navigate = useNavigate();
  return places.map((place) => ({
    id: `app.go${place.to}`,
    label: t('palette.go', { page: t(place.words) }),
    group: t('palette.pages'),
    chord: null,
    run: () => void navigate({ to: place.to }),
  }));
}

function Person({ me }: { me: Me | null }) {
  const { t, i18n } = useTranslation('app');
  const logOut = useLogOut();
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <ActionIcon aria-label={me ? t('person.of', { name: me.name || me.email }) : t('person.language')}>
          <IconUser size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {me ? <Menu.Label>{me.name || me.email}</Menu.Label> : null}
        {me ? (
          <Menu.Item component={Link} to="/me">
            {t('person.me')}
          </Menu.Item>
        ) : (
          <Menu.Item component={Link} to="/login">
            {t('person.logIn')}
          </Menu.Item>
        )}
        <Menu.Divider />
        {LANGUAGES.map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            aria-current={i18n.language === language ? 'true' : undefined}
            onClick={() => void speak(language)}
          >
            {LANGUAGE_NAMES[language]}
          </Menu.Item>
        ))}
        {me ? <Menu.Divider /> : null}
        {me ? <Menu.Item onClick={() => logOut()}>{t('person.logOut')}</Menu.Item> : null}
      </Menu.Dropdown>
    </Menu>
  );
}
