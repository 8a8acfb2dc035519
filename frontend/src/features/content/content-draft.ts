import { type CommonDraft, commonOf, EMPTY_COMMON } from '@/shared/desk/common';
import type { Assertion } from '@/shared/desk/contract';

/** A description being written. */
export interface ContentDraft extends CommonDraft {
  readonly summary: string;
  /** A language tag (BCP 47), or nothing. */
  readonly language: string;
  readonly tags: readonly string[];
}

export const EMPTY_DRAFT: ContentDraft = { ...EMPTY_COMMON, summary: '', language: '', tags: [] };

/** The draft that revises a description. */
export function draftOf(assertion: Assertion): ContentDraft {
  const { summary, language, tags } = assertion.body;
  return {
    ...commonOf(assertion),
    summary: typeof summary === 'string' ? summary : '',
    language: typeof language === 'string' ? language : '',
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
  };
}

/** The fields as the archive takes them; null while there is no summary. */
export function bodyOf(draft: ContentDraft): Record<string, unknown> | null {
  const summary = draft.summary.trim();
  if (!summary) return null;
  const tags = [...new Set(draft.tags.map((tag) => tag.trim()).filter(Boolean))];
  const language = draft.language.trim();
  return { summary, ...(language ? { language } : {}), ...(tags.length > 0 ? { tags } : {}) };
}
