import '@mantine/spotlight/styles.layer.css';

import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { useTranslation } from 'react-i18next';

import { useActions, useOfferedActions } from '@/shared/ui/actions';
import { KeyCaps } from '@/shared/ui/key-caps';

const [palette, control] = createSpotlight();

/** Every action there is here, found by typing. */
export function Palette() {
  const { t } = useTranslation('app');
  const actions = useOfferedActions().filter((action) => action.enabled !== false && action.id !== 'app.palette');
  const groups = [...new Set(actions.map((action) => action.group))];
  useActions([
    {
      id: 'app.palette',
      label: t('palette.open'),
      group: t('help.general'),
      chord: 'Mod+KeyK',
      run: () => control.open(),
    },
  ]);
  return (
    <Spotlight
      store={palette}
      shortcut={null}
      attributes={{ content: { 'aria-label': t('palette.open') } }}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      highlightQuery
      scrollable
      maxHeight={420}
      nothingFound={t('palette.nothing')}
      searchProps={{ placeholder: t('palette.placeholder'), 'aria-label': t('palette.placeholder') }}
      actions={groups.map((group) => ({
        group,
        actions: actions
          .filter((action) => action.group === group)
          .map((action) => ({
            id: action.id,
            label: action.label,
            rightSection: action.key ? <KeyCaps chord={action.key} /> : null,
            onClick: () => action.run(null),
          })),
      }))}
    />
  );
}
