import { Button, FileButton, Progress, Textarea } from '@mantine/core';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesInWords } from '@/shared/lib/bytes';
import { Chosen, DropZone } from '@/shared/ui/drop-zone';
import { IconDownload } from '@/shared/ui/icons';
import { check } from '@/shared/verify/checking';
import { archiveSelection, folderOfInput, type Selection, selectionOfDrop } from '@/shared/verify/chosen';
import type { Finding } from '@/shared/verify/finding';
import { splitKeys, type Trust } from '@/shared/verify/keys';

import { Findings } from './findings';
import styles from './verify.module.css';

function trustOf(keys: string): Trust | null {
  try {
    return splitKeys(keys);
  } catch {
    return null;
  }
}

/** Checks a package on the reader's own device, by the nine checks of `svidok verify`; nothing is sent anywhere. */
export function VerifyPage() {
  const { t, i18n } = useTranslation('verify');
  const [selection, setSelection] = useState<Selection | null>(null);
  const [keys, setKeys] = useState('');
  const [share, setShare] = useState<number | null>(null);
  const [findings, setFindings] = useState<Finding[] | null>(null);
  // Raised with every change of what is asked: an answer to an older question is thrown away.
  const question = useRef(0);
  const trust = trustOf(keys);
  useEffect(() => {
    document.title = t('title');
  }, [t]);

  const ask = (change: () => void) => {
    question.current += 1;
    change();
    setFindings(null);
    setShare(null);
  };
  const drop = (dropped: DataTransfer) => {
    void selectionOfDrop(dropped).then(
      (chosen) => ask(() => setSelection(chosen)),
      () => ask(() => setSelection(null)),
    );
  };
  const run = async () => {
    if (!selection || !trust) return;
    ask(() => setShare(0));
    const mine = question.current;
    setShare(0);
    let told = 0;
    const found = await check(selection, trust, (done) => {
      if (mine !== question.current || done - told < 0.01) return;
      told = done;
      setShare(done);
    });
    if (mine !== question.current) return;
    setFindings(found);
    setShare(null);
  };

  return (
    <article className={styles['page']}>
      <h1>{t('title')}</h1>
      <p className={styles['lead']}>{t('lead')}</p>
      <DropZone label={t('drop')} onDrop={drop}>
        <p>{t('drop')}</p>
        <div className={styles['ways']}>
          <FileButton
            onChange={(file) => ask(() => setSelection(file ? archiveSelection(file) : null))}
            accept=".zip,application/zip"
            inputProps={{ 'aria-label': t('archive') }}
          >
            {(props) => <Button {...props}>{t('archive')}</Button>}
          </FileButton>
          <FolderButton label={t('folder')} onChange={(files) => ask(() => setSelection(folderOfInput(files)))} />
        </div>
        {selection ? (
          <Chosen>
            {selection.name} · {bytesInWords(selection.sizeBytes, i18n.language)}
            {selection.count === null ? '' : ` · ${t('files', { count: selection.count })}`}
          </Chosen>
        ) : null}
      </DropZone>
      <Textarea
        label={t('keys')}
        description={t('keysHint')}
        error={trust ? null : t('keysWrong')}
        value={keys}
        onChange={(event) => {
          const { value } = event.currentTarget;
          ask(() => setKeys(value));
        }}
        autosize
        minRows={2}
        maxRows={8}
        spellCheck={false}
        classNames={{ input: styles['keys'] ?? '' }}
      />
      <Button
        variant="filled"
        className={styles['check'] ?? ''}
        disabled={!selection || !trust || share !== null}
        onClick={() => void run()}
      >
        {t(findings ? 'again' : 'check')}
      </Button>
      <div role="status" className={styles['going']}>
        {share === null ? null : (
          <>
            <Progress value={share * 100} aria-label={t('check')} />
            <span>{t('going', { percent: Math.floor(share * 100) })}</span>
          </>
        )}
      </div>
      {findings ? <Findings findings={findings} /> : null}
      <p className={styles['scope']}>{t('scope')}</p>
      <p className={styles['scope']}>{t('doubt')}</p>
      <a href="/verifier.html" download="svidok-verifier.html" className={styles['save']}>
        <IconDownload size={16} /> {t('save')}
      </a>
    </article>
  );
}

/** A chooser of one whole folder; the component library's chooses files. */
function FolderButton({ label, onChange }: { label: string; onChange: (files: FileList) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.setAttribute('webkitdirectory', ''), []);
  return (
    <>
      <input
        ref={input}
        id={id}
        type="file"
        hidden
        aria-label={label}
        onChange={(event) => {
          if (event.currentTarget.files) onChange(event.currentTarget.files);
        }}
      />
      <Button onClick={() => input.current?.click()}>{label}</Button>
    </>
  );
}
