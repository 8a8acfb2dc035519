import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

const EVERY_MS = 30_000;

function ticking(listener: () => void): () => void {
  const timer = setInterval(listener, EVERY_MS);
  return () => clearInterval(timer);
}

/** The present to half a minute, so that it stands still while a page is drawn. */
function present(): number {
  return Math.floor(Date.now() / EVERY_MS) * EVERY_MS;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/** How long ago, or how soon, in the reader's language, such as "3 hours ago"; within a minute it is "now". */
export function relative(at: Date, now: Date, language: string): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, 'second');
}

/** A moment with its zone, such as "5 Mar 2024, 16:25 GMT+2". */
export function absolute(at: Date, language: string, zone?: string): string {
  return new Intl.DateTimeFormat(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone ? { timeZone: zone } : {}),
  }).format(at);
}

/** A moment as people say it; the exact one with its zone is its title and in the machine-readable attribute. */
export function Moment({ at, exact }: { at: string; exact?: boolean }) {
  const { i18n } = useTranslation();
  const moment = new Date(at);
  const current = useSyncExternalStore(ticking, present);
  const full = absolute(moment, i18n.language);
  return (
    <time dateTime={at} title={full}>
      {exact ? full : relative(moment, new Date(current), i18n.language)}
    </time>
  );
}
