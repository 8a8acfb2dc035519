import type { createSpotlight } from '@mantine/spotlight';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useActions } from '@/shared/ui/actions';

type Spotlights = ReturnType<typeof createSpotlight>;

// Loaded when somebody first asks for it: it is a fifth of what a first page would need otherwise.
const View = lazy(async () => ({ default: (await import('./palette-view')).PaletteView }));

/** The key that opens the palette, and the palette once it has been asked for. */
export function Palette() {
  const { t } = useTranslation('app');
  const [spotlights, setSpotlights] = useState<Spotlights | null>(null);
  const open = async () => {
    const [store, control] = spotlights ?? (await import('@mantine/spotlight')).createSpotlight();
    setSpotlights([store, control]);
    control.open();
  };
  useActions([
    {
      id: 'app.palette',
      label: t('palette.open'),
      group: t('help.general'),
      chord: 'Mod+KeyK',
      run: () => void open(),
    },
  ]);
  if (!spotlights) return null;
  return (
    <Suspense>
      <View store={spotlights[0]} />
    </Suspense>
  );
}
