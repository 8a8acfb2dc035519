import { useQuery } from '@tanstack/react-query';

import { UnitSymbol } from '@/shared/symbol/unit-symbol';

import { unitQuery } from './queries';
import styles from './register.module.css';

/** A unit of the register with its symbol and name; its id while the name is not there. */
export function UnitLine({ unit, size = 20 }: { unit: string; size?: number }) {
  const { data } = useQuery(unitQuery(unit));
  return (
    <span className={styles['line']}>
      {data?.body.sidc ? <UnitSymbol sidc={data.body.sidc} size={size} /> : null}
      <span>{data?.body.name ?? unit}</span>
    </span>
  );
}
