import { useTranslation } from 'react-i18next';

import { useSaid, type Values, valuesIn } from '@/shared/ui/archive-words';

import type { Playback } from './contract';
import type { Line } from './lane-rows';
import styles from './lanes.module.css';
import { shareOf } from './scale';
import { timecode } from './timecode';

type Flaws = NonNullable<Playback['flaws']>;
type Flaw = Flaws['spans'][number];
type Remark = Flaws['remarks'][number];

const LOST = ['undecodable', 'damaged', 'time_jump', 'cut_short', 'fragments_missing'];
const STILL = ['frozen', 'black'];
const SOUND = ['sound_missing', 'silent'];
const KINDS = [...LOST, 'sound_missing', ...STILL, 'silent'];

// What is remarked with a reason says too little without it.
const GOES_ON = new Set(['times_counted', 'not_whole', 'sound_not_whole']);

/** Whether a flaw is of lost pictures, of pictures that show nothing, or of the sound. */
function groupOf(kind: string): 'lost' | 'still' | 'sound' {
  if (SOUND.includes(kind)) return 'sound';
  return STILL.includes(kind) ? 'still' : 'lost';
}

/** The name of a kind's words; a kind that is not known here is called missing. */
function wordOf(kind: string): string {
  return KINDS.includes(kind) ? kind : 'undecodable';
}

/** How many rows the lane takes: flaws of the picture and those of the sound stand under each other. */
export function flawRows(flaws: Flaws | null): number {
  const rows = new Set(flaws?.spans.map((flaw) => groupOf(flaw.kind) === 'sound'));
  return Math.max(1, rows.size);
}

/** Where picture or sound is missing or shows nothing: each span a button that goes to its beginning. */
export function FlawLane({ player, view, flaws }: Line & { flaws: Flaws | null }) {
  const { t } = useTranslation('player');
  const zero = player.timeOf(0);
  const whole = t('flaws.none', { by: flaws?.found_by });
  const placed = (flaw: Flaw) => {
    // What is missing after the end stands at the end.
    const begin = shareOf(view, Math.min(flaw.start_s - zero, player.length));
    const end = Math.max(begin, shareOf(view, Math.min(flaw.end_s - zero, player.length)));
    if (end < 0 || begin > 1) return null;
    const left = Math.min(Math.max(0, begin), 0.995);
    return { left: `${left * 100}%`, width: `${Math.max(0, Math.min(1, end) - left) * 100}%` };
  };
  return (
    <div className={styles['flaws']} role="group" aria-label={t('flaws.lane')}>
      {flaws?.spans.map((flaw) => {
        const place = placed(flaw);
        const words = t('flaws.span', {
          kind: t(`flaws.kinds.${wordOf(flaw.kind)}`),
          from: timecode(flaw.start_s),
          to: timecode(flaw.end_s),
          count: flaw.frames ?? 0,
          context: flaw.frames ? 'frames' : undefined,
        });
        return place ? (
          <button
            key={`${flaw.kind} ${flaw.start_pts} ${flaw.time_base}`}
            type="button"
            style={place}
            data-of={groupOf(flaw.kind)}
            onClick={() => player.seek(player.frameAt(Math.max(zero, flaw.start_s)))}
            aria-label={words}
            title={words}
          >
            {t(`flaws.kinds.${wordOf(flaw.kind)}`)}
          </button>
        ) : null;
      })}
      {flaws && flaws.spans.length === 0 ? <p title={whole}>{whole}</p> : null}
      {flaws ? null : <p>{t('flaws.unknown')}</p>}
    </div>
  );
}

/** What the analysis remarks on the whole of a file, in the reader's words; as it is written where these miss a part. */
function FlawRemark({ remark }: { remark: Remark }) {
  const { t, i18n } = useTranslation('player');
  const wordsFor = (group: string, code: string | undefined, values: Values) =>
    code ? t(`flaws.${group}.${code}`, { ...valuesIn(i18n.language, values), defaultValue: '' }) : '';
  const { code, values, because, sentence } = remark;
  const why = wordsFor('whys', because?.code, because?.values ?? {});
  const words = wordsFor('notes', code ?? undefined, { ...values, why });
  const said = useSaid()(GOES_ON.has(code ?? '') && !why ? '' : words, sentence);
  return (
    <li lang={said.lang} title={said.written}>
      {said.text}
    </li>
  );
}

/** Which colour is what, and what the analysis says in words; nothing where all is whole. */
export function FlawLegend({ flaws }: { flaws: Flaws | null }) {
  const { t } = useTranslation('player');
  if (!flaws || (flaws.spans.length === 0 && flaws.remarks.length === 0 && !flaws.fragments)) return null;
  const kinds = KINDS.filter((kind) => flaws.spans.some((flaw) => wordOf(flaw.kind) === kind));
  return (
    <ul className={styles['legend']} aria-label={t('flaws.legend')}>
      {kinds.map((kind) => (
        <li key={kind} data-of={groupOf(kind)}>
          {t(`flaws.kinds.${kind}`)}
        </li>
      ))}
      {flaws.count > flaws.spans.length ? (
        <li>{t('flaws.more', { shown: flaws.spans.length, count: flaws.count })}</li>
      ) : null}
      {flaws.fragments ? (
        <li>
          {t(`flaws.fragments.${flaws.fragments.is_at_end ? 'end' : 'unknown'}`, {
            count: flaws.fragments.missing,
            expected: flaws.fragments.expected,
          })}
        </li>
      ) : null}
      {flaws.remarks.map((remark) => (
        <FlawRemark key={remark.sentence} remark={remark} />
      ))}
    </ul>
  );
}
