import { SegmentedControl, Select, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { isLanguage, LANGUAGE_NAMES, LANGUAGES, preferredLanguage, speak } from '@/i18n';
import { Section } from '@/shared/ui/page';
import { FailureMessage } from '@/shared/ui/states';

import styles from './account.module.css';
import { type Preferences, useKeepPreferences } from './preferences';

const SHIELDS = ['sketch', 'blur', 'grey', 'clear'] as const;

/** Language, look and shields. */
export function Choices({ kept }: { kept: Preferences }) {
  const { t } = useTranslation('account');
  const keeping = useKeepPreferences();
  const keep = (change: Partial<Preferences>) => keeping.mutate({ ...kept, ...change });
  return (
    <>
      <Section title={t('choices.look')}>
        <div className={styles['pair']}>
          <Select
            label={t('choices.language')}
            allowDeselect={false}
            value={kept.language ?? ''}
            data={[
              { value: '', label: t('choices.browserLanguage') },
              ...LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] })),
            ]}
            onChange={(value) => {
              const language = isLanguage(value) ? value : null;
              keep({ language });
              if (!language) localStorage.removeItem('language');
              void speak(language ?? preferredLanguage());
            }}
          />
          <Select
            label={t('choices.theme')}
            description={t('choices.themeHint')}
            allowDeselect={false}
            value={kept.theme ?? ''}
            data={['', 'dark', 'light'].map((theme) => ({
              value: theme,
              label: t(`choices.themes.${theme || 'own'}`),
            }))}
            onChange={(value) => keep({ theme: value === 'dark' || value === 'light' ? value : null })}
          />
          <Select
            label={t('choices.density')}
            allowDeselect={false}
            value={kept.density}
            data={(['compact', 'comfortable'] as const).map((density) => ({
              value: density,
              label: t(`choices.densities.${density}`),
            }))}
            onChange={(value) => keep({ density: value === 'comfortable' ? 'comfortable' : 'compact' })}
          />
        </div>
      </Section>
      <Section title={t('choices.shields')} hint={t('choices.shieldsHint')}>
        <div className={styles['pair']}>
          <SegmentedControl
            aria-label={t('choices.shield')}
            value={kept.shield.kind}
            data={SHIELDS.map((kind) => ({ value: kind, label: t(`choices.shieldKinds.${kind}`) }))}
            onChange={(value) => {
              const kind = SHIELDS.find((shield) => shield === value);
              if (kind) keep({ shield: { ...kept.shield, kind } });
            }}
          />
          <Switch
            label={t('choices.mute')}
            checked={kept.shield.mute}
            onChange={(event) => keep({ shield: { ...kept.shield, mute: event.currentTarget.checked } })}
          />
        </div>
        {keeping.error ? <FailureMessage error={keeping.error} /> : null}
      </Section>
    </>
  );
}
