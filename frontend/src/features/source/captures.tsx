import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import type { Item } from '@/shared/desk/contract';
import { Moment } from '@/shared/ui/moment';

import type { Compared } from './comparison-query';
import { PageSeen } from './page-seen';
import styles from './source.module.css';
import { Surroundings } from './surroundings';

/** Every attempt to collect the source, newest first, whatever its end: its page, its recipe, and how to run it again. */
export function Captures(props: {
  item: Item;
  compared: readonly Compared[];
  onAgain?: ((like: string) => void) | undefined;
}) {
  const { item, compared, onAgain } = props;
  const { t } = useTranslation('source');
  if (item.captures.length === 0) return <p className={styles['dim']}>{t('noCaptures')}</p>;
  const more = new Map(compared.map((capture) => [capture.capture, capture]));
  return (
    <ol className={styles['captures']}>
      {item.captures.toReversed().map((capture) => {
        const also = more.get(capture.capture);
        return (
          <li key={capture.capture}>
            <p
              className={styles['outcome']}
              data-good={capture.outcome === 'captured'}
              data-partial={capture.outcome === 'partial'}
            >
              {t(`outcomes.${capture.outcome}`)}
            </p>
            <p>{capture.sentence}</p>
            <p className={styles['dim']}>
              <Moment at={capture.ended_at} exact />
              {capture.tool ? (
                <span className={styles['mono']}>
                  {capture.tool} {capture.tool_version}
                </span>
              ) : null}
            </p>
            {also ? <PageSeen capture={also} /> : null}
            {also ? <Surroundings capture={also} /> : null}
            {also ? <Recipe capture={also} onAgain={onAgain ? () => onAgain(capture.capture) : undefined} /> : null}
          </li>
        );
      })}
    </ol>
  );
}

function Recipe({ capture, onAgain }: { capture: Compared; onAgain?: (() => void) | undefined }) {
  const { t } = useTranslation('source');
  const lines = Object.entries(capture.recipe);
  return (
    <details>
      <summary className={styles['dim']}>{t('recipe.title')}</summary>
      <dl className={styles['pairs']}>
        {lines.map(([name, value]) => (
          <div key={name} className={styles['pair']}>
            <dt>{t(`recipe.names.${name}`, { defaultValue: name })}</dt>
            <dd className={styles['mono']}>{value}</dd>
          </div>
        ))}
      </dl>
      {onAgain && capture.recipe['url'] ? (
        <Button variant="default" size="xs" onClick={onAgain}>
          {t('recipe.again')}
        </Button>
      ) : null}
    </details>
  );
}
