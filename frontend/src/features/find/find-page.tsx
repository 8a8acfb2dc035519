import { Button, FileButton, Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';

import { meQuery } from '@/api/queries';
import { bytesInWords } from '@/shared/lib/bytes';
import { Cause } from '@/shared/ui/cause';
import { Chosen, DropZone } from '@/shared/ui/drop-zone';
import { Page } from '@/shared/ui/page';
import { FailureMessage, StateMessage } from '@/shared/ui/states';

import { fileIn, refusalOf } from './chosen';
import styles from './find.module.css';
import { FoundList } from './found-list';
import { isUnderWay, LIMIT_BYTES, type Search, searchQuery } from './queries';
import { useAsking } from './use-asking';

/** Which items show a picture or a clip that somebody has: chosen, dropped or pasted; for reviewers. */
export function FindPage() {
  const { t } = useTranslation('find');
  const { data: me } = useQuery(meQuery);
  if (!me || me.may.review) return <Find />;
  return (
    <StateMessage title={t('closed.title')} centred actions={<Link to="/explore">{t('closed.next')}</Link>}>
      <p>{t('closed.says')}</p>
    </StateMessage>
  );
}

function Find() {
  const { t, i18n } = useTranslation('find');
  const asking = useAsking();
  const { ask } = asking;
  usePasted(ask);
  const refusal = asking.file ? refusalOf(asking.file, LIMIT_BYTES) : null;
  return (
    <Page title={t('title')} lead={t('lead')}>
      <DropZone
        label={t('drop')}
        onDrop={(dropped) => {
          const file = fileIn(dropped);
          if (file) ask(file);
        }}
      >
        <FileButton
          onChange={(file) => file && ask(file)}
          accept="image/jpeg,image/png,image/webp,video/*,.mkv,.ts,.avi"
        >
          {(props) => (
            <Button {...props} variant="filled">
              {t('choose')}
            </Button>
          )}
        </FileButton>
        {asking.file ? (
          <Chosen>
            {asking.file.name || t('pasted')} · {bytesInWords(asking.file.size, i18n.language)}
            {refusal ? (
              <p role="alert">{t(`refused.${refusal}`, { limit: bytesInWords(LIMIT_BYTES, i18n.language) })}</p>
            ) : null}
          </Chosen>
        ) : (
          <p>{t('drop')}</p>
        )}
      </DropZone>
      <p className={styles['forgotten']}>{t('forgotten')}</p>
      {asking.error ? <FailureMessage error={asking.error} retry={asking.again} /> : null}
      {asking.isSending ? <UnderWay words={t('sending')} share={null} onStop={asking.end} /> : null}
      {asking.search ? <Answer search={asking.search} onStop={asking.end} /> : null}
    </Page>
  );
}

/** What is pasted anywhere on the page is asked with, as if it had been chosen. */
function usePasted(ask: (file: File) => void) {
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const file = fileIn(event.clipboardData);
      if (!file) return;
      event.preventDefault();
      ask(file);
    };
    window.addEventListener('paste', paste);
    return () => window.removeEventListener('paste', paste);
  }, [ask]);
}

function Answer({ search, onStop }: { search: string; onStop: () => void }) {
  const { t } = useTranslation('find');
  const { data, error, refetch } = useQuery(searchQuery(search));
  if (error) return <FailureMessage error={error} retry={() => void refetch()} />;
  if (!data) return <UnderWay words={t('state.waiting')} share={null} onStop={onStop} />;
  if (isUnderWay(data)) {
    const words = t(data.state === 'waiting' ? 'state.waiting' : 'state.running');
    return <UnderWay words={words} share={data.state === 'running' ? data.progress : null} onStop={onStop} />;
  }
  if (data.failure) {
    return (
      <StateMessage title={t('failed.title')}>
        <div role="alert">
          <Cause code={data.failure.code} sentence={data.failure.sentence} />
        </div>
        <p>{t('failed.next')}</p>
      </StateMessage>
    );
  }
  return <Found search={data} />;
}

function UnderWay({ words, share, onStop }: { words: string; share: number | null; onStop: () => void }) {
  const { t } = useTranslation('find');
  return (
    <div className={styles['way']}>
      <p role="status">{words}</p>
      <Progress value={share === null ? 100 : 100 * share} animated={share === null} aria-label={words} />
      <Button onClick={onStop}>{t('stop')}</Button>
    </div>
  );
}

function Found({ search }: { search: Search }) {
  const { t } = useTranslation('find');
  const searched = search.searched?.value ?? 0;
  const without = search.without_fingerprints?.value ?? 0;
  const notCompared = search.not_compared?.value ?? 0;
  const nothing = t(notCompared > 0 ? 'found.nothingInTime' : 'found.nothing');
  return (
    <section className={styles['found']} aria-label={t('found.label')}>
      <div role="status">
        <h2>{search.hits.length > 0 ? t('found.title', { count: search.hits.length }) : nothing}</h2>
        {notCompared > 0 ? <p>{t('found.notCompared', { count: notCompared })}</p> : null}
      </div>
      <p className={styles['dim']}>
        {t('found.searched', { count: searched })} {without > 0 ? t('found.without', { count: without }) : null}{' '}
        {t('found.sealed')}
      </p>
      {search.hits.length === 0 && notCompared === 0 ? <p>{t('found.nothingMeans')}</p> : null}
      {search.kind === 'picture' && search.hits.length > 0 ? <p>{t('found.stillMeans')}</p> : null}
      {search.hits.length > 0 ? <p className={styles['dim']}>{t('found.computed')}</p> : null}
      <FoundList hits={search.hits} isStill={search.kind === 'picture'} />
      {search.is_cut_short ? <p>{t('found.cutShort', { count: search.hits.length })}</p> : null}
    </section>
  );
}
