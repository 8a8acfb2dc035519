import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Sensitivity } from '@/shared/lib/sensitivities';

/** Whom something is for, each choice with what it means and what it costs. */
export function SensitivityField(props: {
  levels: readonly Sensitivity[];
  value: Sensitivity;
  onChange: (value: Sensitivity) => void;
  description?: string;
}) {
  const { t } = useTranslation('audience');
  return (
    <Radio.Group
      label={t('who')}
      description={props.description}
      value={props.value}
      onChange={(value) => props.onChange(props.levels.find((one) => one === value) ?? props.value)}
    >
      <Stack gap="xs" mt="xs">
        {props.levels.map((one) => (
          <Radio
            key={one}
            value={one}
            label={t(`levels.${one}`)}
            description={t(`hints.${one}`)}
            // Where it stands in a dialog, that opens here.
            data-autofocus={one === props.value || undefined}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}
