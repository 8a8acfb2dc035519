import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

import type { Schemas } from '@/api/client';
import { useReasons } from '@/shared/ui/archive-words';

import styles from './submit.module.css';

const MOST_SHOWN = 100;

/** What will become of each line of a list: what is wrong first, by line and column. */
export function ListPreview({ preview }: { preview: Schemas['BatchPreview'] }) {
  const { t } = useTranslation('submit');
  const { lines, wrong } = preview;
  const wrongLines = new Set(wrong.map((one) => one.line));
  const good = lines.filter((line) => !wrongLines.has(line.line));
  const more = good.length - MOST_SHOWN;
  return (
    <div role="status" className={styles['preview']}>
      <p>
        {t('list.good', { count: good.filter((line) => !line.left_out).length })}{' '}
        {good.some((line) => line.known) ? t('list.known', { count: good.filter((line) => line.known).length }) : null}
      </p>
      {wrong.length > 0 ? (
        <>
          <h2>{t('list.wrong', { count: wrongLines.size })}</h2>
          <ul className={styles['lines']} data-tone="care">
            {wrong.slice(0, MOST_SHOWN).map((one) => (
              <li key={`${one.line} ${one.column ?? ''}`}>
                <strong>{t(one.column ? 'list.cell' : 'list.line', { line: one.line, column: one.column })}</strong>
                <Why wrong={one} />
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <ul className={styles['lines']}>
        {good.slice(0, MOST_SHOWN).map((line) => (
          <li key={line.line} data-left={line.left_out}>
            <strong>{t('list.line', { line: line.line })}</strong>
            <span>
              <span className={styles['file']}>{line.url}</span>
              {line.note ? <small>{line.note}</small> : null}
              {line.sensitivity === 'restricted' ? null : <small>{t(`audience:levels.${line.sensitivity}`)}</small>}
              <Known line={line} />
            </span>
          </li>
        ))}
      </ul>
      {more > 0 ? <p>{t('list.more', { count: more })}</p> : null}
    </div>
  );
}

function Why({ wrong }: { wrong: Schemas['BatchWrong'] }) {
  const { text, lang } = useReasons()(wrong);
  return <span lang={lang}>{text}</span>;
}

function Known({ line }: { line: Schemas['BatchLine'] }) {
  const { t } = useTranslation('submit');
  if (line.left_out) return <small>{t('list.leftOut', { line: line.repeats })}</small>;
  if (line.repeats) return <small>{t('list.repeats', { line: line.repeats })}</small>;
  if (line.mine)
    return (
      <small>
        {t('known.mine')}{' '}
        <Link to="/receipts/$submission" params={{ submission: line.mine }}>
          {t('known.receipt')}
        </Link>
      </small>
    );
  return line.known ? <small>{t('list.knownLine')}</small> : null;
}
