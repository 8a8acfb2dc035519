import { Button, Textarea } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { textOf } from '@/shared/desk/citations';
import { ConflictView } from '@/shared/desk/conflict-view';
import { type Assertion, useDesk } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { DraftState } from '@/shared/desk/draft-state';
import { usePlayer } from '@/shared/player/context';
import { timecode } from '@/shared/player/timecode';
import { useFailureWords } from '@/shared/ui/archive-words';
import { IconCheck } from '@/shared/ui/icons';
import { Moment } from '@/shared/ui/moment';

import { type Line, quoteOf, quoting, type Reading } from './reading';
import styles from './text.module.css';

/** One line: where it is, what the machine made of it, and what people say it is. */
export function LineRow({ reading, line }: { reading: Reading; line: Line }) {
  const { t } = useTranslation('text');
  const desk = useDesk();
  const player = usePlayer();
  const quote = quoteOf(desk.item.assertions, reading.product, line.number);
  const [correcting, setCorrecting] = useState(false);
  const correct = useRef<HTMLButtonElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const failure = useFailureWords(error);
  const leads = player?.original === reading.original;
  const go = (seconds: number) => {
    if (!player) return;
    player.seek(player.frameAt(seconds));
    player.setRegion(line.place?.region ?? null);
  };
  const say = async (text: string) => {
    setBusy(true);
    setError(null);
    try {
      await desk.say(quoting(reading, line, text, { player, supersedes: quote }));
      return true;
    } catch (refusal) {
      setError(refusal);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return (
    <li className={styles['line']} data-quoted={quote ? true : undefined}>
      {leads ? (
        <button
          type="button"
          className={styles['time']}
          aria-label={t('goTo', { at: timecode(line.startS) })}
          onClick={() => go(line.startS)}
        >
          {timecode(line.startS)}
        </button>
      ) : (
        <span className={styles['mono']}>{timecode(line.startS)}</span>
      )}
      <div className={styles['said']}>
        {quote ? <Quoted quote={quote} machine={line.text} /> : <MachineWords line={line} onGo={leads ? go : null} />}
        <p className={styles['foot']}>
          {quote ? null : <Sureness line={line} />}
          {line.language ? <span>{line.language}</span> : null}
          {line.endS > line.startS ? <span>{t('until', { at: timecode(line.endS) })}</span> : null}
        </p>
        {correcting ? (
          <Correction
            reading={reading}
            line={line}
            from={quote ? textOf(quote) : line.text}
            busy={busy}
            onSay={say}
            onDone={() => {
              setCorrecting(false);
              // The field that had the focus is gone.
              correct.current?.focus();
            }}
          />
        ) : null}
        {error ? (
          <p role="alert" className={styles['bad']}>
            {failure.line}
          </p>
        ) : null}
        {desk.locked === null ? (
          <div className={styles['row']}>
            {quote || correcting ? null : (
              <Button
                size="compact-xs"
                variant="default"
                loading={busy}
                leftSection={<IconCheck size={12} aria-hidden="true" />}
                onClick={() => void say(line.text)}
              >
                {t(`confirm.${reading.kind}`)}
              </Button>
            )}
            <Button
              ref={correct}
              size="compact-xs"
              variant="subtle"
              aria-expanded={correcting}
              onClick={() => setCorrecting(!correcting)}
            >
              {t(correcting ? 'cancel' : 'correct')}
            </Button>
          </div>
        ) : null}
      </div>
    </li>
  );
}

/** The machine's words; of speech each leads to its moment. */
function MachineWords({ line, onGo }: { line: Line; onGo: ((seconds: number) => void) | null }) {
  if (line.words.length === 0 || !onGo) {
    return (
      <p className={styles['words']} lang={line.language ?? undefined} dir="auto">
        {line.text}
      </p>
    );
  }
  return (
    <p className={styles['words']} lang={line.language ?? undefined} dir="auto">
      {line.words.map((word, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- words repeat; their order is the speaker's
        <span key={at}>
          <button
            type="button"
            className={styles['word']}
            data-unsure={word.confidence < 0.5 ? true : undefined}
            onClick={() => onGo(word.start_s)}
          >
            {word.text}
          </button>{' '}
        </span>
      ))}
    </p>
  );
}

function Sureness({ line }: { line: Line }) {
  const { t, i18n } = useTranslation('text');
  const share = new Intl.NumberFormat(i18n.language, { style: 'percent' }).format(line.confidence);
  return (
    <span className={line.isSure ? undefined : styles['care']}>{t(line.isSure ? 'sure' : 'notSure', { share })}</span>
  );
}

/** What a person has read or heard, and beneath it what the machine had, where that is something else. */
function Quoted({ quote, machine }: { quote: Assertion; machine: string }) {
  const { t } = useTranslation('text');
  const { nameOf } = useDesk();
  const text = textOf(quote);
  return (
    <>
      <p className={styles['words']} dir="auto">
        {text}
      </p>
      {text === machine ? null : (
        <p className={styles['dim']} dir="auto">
          {t('machineHad', { text: machine })}
        </p>
      )}
      <p className={styles['good']}>
        <IconCheck size={12} aria-hidden="true" /> {t(quote.body['sense'] === 'heard' ? 'heardBy' : 'readBy')}{' '}
        {quote.author_name || nameOf(quote.author)} <Moment at={quote.made_at} />
      </p>
    </>
  );
}

function Correction(props: {
  reading: Reading;
  line: Line;
  from: string;
  busy: boolean;
  onSay: (text: string) => Promise<boolean>;
  onDone: () => void;
}) {
  const { t } = useTranslation(['text', 'desk']);
  const { reading, line, from } = props;
  const drafted = useDraft(`quote.${(reading.product ?? '').slice(0, 16)}.${line.number}`, { text: from });
  const draft = drafted.value;
  const text = draft.text.trim();
  if (drafted.state === 'conflict' && drafted.theirs) {
    return (
      <ConflictView
        mine={draft}
        theirs={drafted.theirs}
        whose={t('desk:conflict.otherWindow')}
        onSettle={(settled) => {
          drafted.set(settled);
          drafted.keep();
        }}
      />
    );
  }
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        if (!text) return;
        void props.onSay(text).then((isSaid) => {
          // Letters typed while it was on its way are a draft of their own, and stay.
          if (isSaid && !drafted.said(draft)) props.onDone();
        });
      }}
    >
      <Textarea
        label={t(`own.${reading.kind}`)}
        description={t('ownHint')}
        maxLength={2000}
        value={draft.text}
        onChange={(event) => drafted.set({ text: event.currentTarget.value })}
      />
      <div className={styles['row']}>
        <Button type="submit" size="compact-xs" loading={props.busy} disabled={!text}>
          {t('say')}
        </Button>
        <DraftState drafted={drafted} />
      </div>
    </form>
  );
}
