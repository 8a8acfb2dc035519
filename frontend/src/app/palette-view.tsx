import '@mantine/spotlight/styles.layer.css';

import { Spotlight } from '@mantine/spotlight';
import type { ComponentProps } from 'react';
import { useTranslation } from 'react-i18next';

import { useOfferedActions } from '@/shared/ui/actions';
import { KeyCaps } from '@/shared/ui/key-caps';

/** Every action there is here, found by typing. */
export function PaletteView({ store }: { store: ComponentProps<typeof Spotlight>['store'] }) {
  const { t } = useTranslation('app');
  // What lasts while a key is held has no end when it is chosen from a list: looking behind a shield, say.
  const actions = useOfferedActions().filter(
    (action) => action.enabled !== false && !action.release && action.id !== 'app.palette',
  );
  const groups = [...new Set(actions.map((action) => action.group))];
  return (
    <Spotlight
      store={store}
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
