import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Compared } from './comparison-query';
import styles from './source.module.css';

/** Whether the kept page shows the post, why, by which engine after which, and the picture that says so; shown only when asked for. */
export function PageSeen({ capture }: { capture: Compared }) {
  const { t } = useTranslation('source');
  const { page, presence } = capture;
  if (!page) return null;
  const picture = presence?.picture ?? page.picture;
  return (
    <div className={styles['page']}>
      {presence ? (
        <>
          <p className={styles['presence']} data-presence={presence.presence}>
            {t(`page.presences.${presence.presence}`)}
          </p>
          <p>{t(`page.reasons.${presence.presence}`)}</p>
        </>
      ) : (
        <p>{t(`page.outcomes.${page.outcome}`)}</p>
      )}
      {page.ceilings_met.length > 0 ? (
        <p className={styles['care']}>{t('page.ceilings', { which: page.ceilings_met.join(', ') })}</p>
      ) : null}
      {presence?.engine ? (
        <p className={styles[presence.is_other_engine ? 'dim' : 'care']}>
          {t(presence.is_other_engine ? 'page.otherEngine' : 'page.sameEngine', {
            engine: presence.engine,
            wrote: presence.wrote ?? '?',
          })}
        </p>
      ) : null}
      {picture ? <Picture picture={picture} /> : null}
    </div>
  );
}

/** A picture of a page is never loaded unasked: it may show what the shields are for. */
function Picture({ picture }: { picture: NonNullable<NonNullable<Compared['page']>['picture']> }) {
  const { t } = useTranslation('source');
  const [open, setOpen] = useState(false);
  if (!picture.content) return <p className={styles['dim']}>{t('page.sealed')}</p>;
  return (
    <>
      <Button aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? t('page.hide') : t('page.show')}
      </Button>
      {open ? (
        <figure className={styles['pagePicture']}>
          <img src={picture.content} alt={t('page.picture')} decoding="async" />
          {picture.is_cut ? <figcaption className={styles['dim']}>{t('page.cut')}</figcaption> : null}
        </figure>
      ) : null}
    </>
  );
}
