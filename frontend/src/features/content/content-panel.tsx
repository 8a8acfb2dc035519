import { Autocomplete, TagsInput, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';

import { AssertionFrame } from '@/shared/desk/assertion-frame';
import { AssertionList } from '@/shared/desk/assertion-list';
import type { Assertion } from '@/shared/desk/contract';
import { useDraft } from '@/shared/desk/draft';
import { useReplacing } from '@/shared/desk/replacing';

import { bodyOf, type ContentDraft, draftOf, EMPTY_DRAFT } from './content-draft';
import styles from './content.module.css';

const LANGUAGES = ['ru', 'uk', 'en', 'be', 'bua', 'tyv', 'ce'];

/** What is to be seen and heard, in words fit to be published: so that others need not look. */
export function ContentPanel() {
  const { t } = useTranslation('content');
  const drafted = useDraft<ContentDraft>('content', EMPTY_DRAFT);
  const replacing = useReplacing(drafted);
  const draft = drafted.value;
  const set = (change: Partial<ContentDraft>) => drafted.set({ ...draft, ...change });
  return (
    <section className={styles['panel']} aria-label={t('title')}>
      <AssertionList
        kind="content"
        render={(assertion) => <Said assertion={assertion} />}
        onRevise={(assertion) => replacing.replace(draftOf(assertion))}
      />
      {replacing.dialog}
      <AssertionFrame
        drafted={drafted}
        kind="content"
        body={bodyOf(draft)}
        missing={draft.summary.trim() ? [] : [t('lacking')]}
        draftOf={draftOf}
      >
        <Textarea
          label={t('summary')}
          description={t('summaryHint')}
          maxLength={10_000}
          value={draft.summary}
          onChange={(event) => set({ summary: event.currentTarget.value })}
        />
        <Autocomplete
          size="xs"
          label={t('language')}
          description={t('languageHint')}
          data={LANGUAGES}
          value={draft.language}
          onChange={(language) => set({ language })}
        />
        <TagsInput
          size="xs"
          label={t('tags')}
          maxTags={50}
          value={[...draft.tags]}
          onChange={(tags) => set({ tags })}
        />
      </AssertionFrame>
    </section>
  );
}

function Said({ assertion }: { assertion: Assertion }) {
  const { summary, language, tags } = draftOf(assertion);
  return (
    <div className={styles['said']}>
      <p lang={language || undefined}>{summary}</p>
      {language || tags.length > 0 ? (
        <p className={styles['dim']}>{[language, ...tags].filter(Boolean).join(' · ')}</p>
      ) : null}
    </div>
  );
}
