import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import { Moment } from '@/shared/ui/moment';

import styles from './relative.module.css';

type Relative = Schemas['Relative'];

/** Where in another item's workbench to go: a panel, or a frame of one of its originals. */
export type Place = Readonly<{ tab?: 'copies'; f?: number; of?: string }>;

/** Another item's title, which leads to it. */
export function RelativeTitle({ other, place }: { other: Relative; place: Place }) {
  const { t } = useTranslation('relative');
  return (
    <Link to="/items/$item" params={{ item: other.item }} search={place}>
      {other.title ?? t('untitled')}
    </Link>
  );
}

/** Since when another item is known to have existed, and by whose word. */
export function KnownSince({ other }: { other: Relative }) {
  const { t } = useTranslation('relative');
  return (
    <>
      {t(`known.${other.known_by}`)} <Moment at={other.known_at} exact />
    </>
  );
}

/** What another item is called, whose it is, and since when it is known. */
export function RelativeName({ other, place }: { other: Relative; place: Place }) {
  return (
    <p>
      <RelativeTitle other={other} place={place} />{' '}
      <span className={styles['dim']}>
        {other.account ? `${other.account} · ` : ''}
        <KnownSince other={other} />
      </span>
    </p>
  );
}

/** What was done to the pictures between the two, in words; nothing where nothing was. */
export function Changes({ transform }: { transform: Schemas['Transform'] }) {
  const { t } = useTranslation('relative');
  const changes = [
    transform.mirrored ? t('changes.mirrored') : null,
    transform.cropped ? t('changes.cropped') : null,
    transform.speed === 1 ? null : t('changes.speed', { speed: transform.speed.toFixed(2) }),
  ].filter((one) => one !== null);
  return changes.length > 0 ? <p>{t('changes.all', { changes: changes.join(', ') })}</p> : null;
}
