import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { readNumber, writtenNumber } from './number';

interface Props {
  readonly label: string;
  readonly description?: string;
  readonly className?: string;
  readonly value: number | null;
  /** Told of every number that can be read; of null while nothing can. */
  readonly onChange: (value: number | null) => void;
  readonly min?: number;
  readonly max?: number;
  /** What the number counts, such as `°`. */
  readonly unit?: string;
  /** Whether the number is how far off something may be. */
  readonly plusMinus?: boolean;
  readonly disabled?: boolean;
}

/** A number as people type it, with a point or a comma; what is half typed stays as it is until one leaves the field. */
export function NumberField({ value, onChange, min, max, unit, plusMinus, className, ...rest }: Props) {
  const { t, i18n } = useTranslation('desk');
  const [typed, setTyped] = useState<string | null>(null);
  const read = typed === null ? value : readNumber(typed);
  const isOutside = read !== null && (read < (min ?? -Infinity) || read > (max ?? Infinity));
  const isWrong = typed !== null && typed.trim() !== '' && read === null;
  return (
    <TextInput
      {...rest}
      classNames={{ input: className ?? '' }}
      inputMode="decimal"
      autoComplete="off"
      leftSection={plusMinus ? '±' : undefined}
      rightSection={unit}
      error={isWrong ? t('number.wrong') : isOutside ? rangeWords() : null}
      value={typed ?? writtenNumber(value, i18n.language)}
      onChange={({ currentTarget: { value: text } }) => {
        const number = readNumber(text);
        const fits = number !== null && number >= (min ?? -Infinity) && number <= (max ?? Infinity);
        setTyped(text);
        onChange(fits ? number : null);
      }}
      onBlur={() => {
        if (!isWrong && !isOutside) setTyped(null);
      }}
    />
  );

  function rangeWords(): string {
    if (min === undefined) return t('number.most', { max });
    return max === undefined ? t('number.least', { min }) : t('number.between', { min, max });
  }
}
