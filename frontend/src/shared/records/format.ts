import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';

import { isOpenEarliest, isOpenLatest } from '@/shared/lib/bounds';
import { formatPoint } from '@/shared/lib/geo';

import type { RecordRead } from './body';

/** A radius in words, such as `30 m` or `5.6 km`. */
export function radiusWords(metres: number, language: string): string {
  const far = metres >= 1000;
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: far ? 'kilometer' : 'meter',
    maximumFractionDigits: far && metres < 100_000 ? 1 : 0,
  }).format(far ? metres / 1000 : metres);
}

/** Coordinates with no more decimals than their radius bears. */
export function pointWords(place: { lat: number; lon: number; radiusM: number }): string {
  const decimals = place.radiusM >= 1000 ? 3 : place.radiusM >= 100 ? 4 : 5;
  return formatPoint(place, decimals);
}

const DAY = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const MINUTE = { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'short' } as const;

type Bounds = Pick<RecordRead['times'][number], 'earliest' | 'latest'>;

/** How a span of time reads, in a zone; UTC unless one is named. */
export function useSpanWords(): (bounds: Bounds, zone?: string) => string {
  const { t, i18n } = useTranslation('record');
  return (bounds, zone) => spanWords(bounds, i18n.language, t, zone);
}

/**
 * A span of time as one text: by the day when it is long, by the minute when it is short; always with its zone. An end
 * that is open is no date.
 */
export function spanWords(bounds: Bounds, language: string, t: TFunction<'record'>, zone = 'UTC'): string {
  const span = { earliest: Date.parse(bounds.earliest), latest: Date.parse(bounds.latest) };
  const [first, last] = [new Date(span.earliest), new Date(span.latest)];
  const [isOpenAtFirst, isOpenAtLast] = [isOpenEarliest(span), isOpenLatest(span)];
  if (isOpenAtFirst && isOpenAtLast) return t('span.open');
  if (isOpenAtFirst) return t('span.before', { latest: momentWords(last, language, zone) });
  if (isOpenAtLast) return t('span.after', { earliest: momentWords(first, language, zone) });
  const days = last.getTime() - first.getTime() >= 2 * 86_400_000;
  const write = (timeZone: string) =>
    new Intl.DateTimeFormat(language, { ...(days ? DAY : MINUTE), timeZone }).formatRange(first, last);
  try {
    return days ? `${write(zone)} (${zone})` : write(zone);
  } catch {
    return write('UTC');
  }
}

function momentWords(moment: Date, language: string, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat(language, { ...MINUTE, timeZone }).format(moment);
  } catch {
    return new Intl.DateTimeFormat(language, { ...MINUTE, timeZone: 'UTC' }).format(moment);
  }
}

/** The words this archive has for a role, a method or a basis; what is none of them stays as it was written. */
export function useVocabulary(): (list: string, word: string) => string {
  const { t, i18n } = useTranslation('record');
  return (list, word) => (i18n.exists(`record:${list}.${word}`) ? t(`${list}.${word}`) : word);
}

/** Where a record says something was, in one line; null when it says no place. */
export function placeLine(read: RecordRead, language: string): string | null {
  const place = read.places[0];
  if (!place) return null;
  const name = place.nameAsWritten ? `${place.nameAsWritten}, ` : '';
  return `${name}${pointWords(place)} ± ${radiusWords(place.radiusM, language)}`;
}
