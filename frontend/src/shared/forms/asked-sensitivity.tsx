import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { SENSITIVITIES, type Sensitivity } from '@/shared/lib/sensitivities';

import { SensitivityField } from './sensitivity-field';

/** What most who hand something in choose between: what is for more people is for those who review to say. */
const FIRST: readonly Sensitivity[] = ['restricted', 'sealed'];

/** Whom something that is handed in shall be for, and what becomes of the wish where the archive has it already. */
export function AskedSensitivity(props: {
  value: Sensitivity;
  onChange: (value: Sensitivity) => void;
  description?: string;
  /** A file of one's own is known to nobody. */
  mayBeKnown: boolean;
}) {
  const { t } = useTranslation('audience');
  const { data: me } = useQuery(meQuery);
  const reviews = me?.may.review ?? false;
  return (
    <Stack gap="xs">
      <SensitivityField
        levels={reviews ? SENSITIVITIES : FIRST}
        value={props.value}
        onChange={props.onChange}
        {...(props.description ? { description: props.description } : {})}
      />
      {props.mayBeKnown && props.value === 'sealed' ? <p role="status">{t(reviews ? 'joins' : 'wish')}</p> : null}
    </Stack>
  );
}
