import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { bytesAt, type Schemas } from '@/api/client';
import { Moment } from '@/shared/ui/moment';
import { Bones, FailureMessage } from '@/shared/ui/states';

import styles from './source.module.css';

const PAGE = 20;
const words = new TextDecoder();

interface Comment {
  readonly id?: string;
  readonly parent?: string;
  readonly author?: string;
  readonly author_id?: string;
  readonly text?: string;
  readonly timestamp?: number;
  readonly like_count?: number;
}

/** How far the comments went; what they say is loaded only when somebody asks. */
export function Comments({ comments }: { comments: Schemas['CommentsKept'] }) {
  const { t } = useTranslation('source');
  const [open, setOpen] = useState(false);
  const { state, kept, announced, why } = comments;
  const limit = t(`around.limits.${why}`, { defaultValue: why ?? '' });
  const isCare = state === 'ceiling' || state === 'failed';
  const announcedIn = announced === null ? '' : ` ${t('around.announced', { count: announced })}`;
  return (
    <>
      <p className={isCare ? styles['care'] : styles['dim']}>
        {t(`around.states.${state}`, { count: kept, why: limit })}
        {kept > 0 ? announcedIn : ''}
      </p>
      {kept > 0 && !comments.content ? <p className={styles['dim']}>{t('around.sealedComments')}</p> : null}
      {comments.content ? (
        <Button variant="default" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? 'around.hideComments' : 'around.showComments')}
        </Button>
      ) : null}
      {open && comments.content ? <Written address={comments.content} /> : null}
    </>
  );
}

function Written({ address }: { address: string }) {
  const { t } = useTranslation('source');
  const [shown, setShown] = useState(PAGE);
  const document = useQuery({
    queryKey: ['content', address],
    queryFn: async ({ signal }) => listed(JSON.parse(words.decode(await bytesAt(address, signal)))),
    staleTime: Infinity,
  });
  if (document.error) return <FailureMessage error={document.error} retry={() => void document.refetch()} />;
  if (!document.data) return <Bones />;
  const authors = new Map(document.data.map((one) => [one.id, one.author ?? one.author_id]));
  return (
    <>
      <ol className={styles['comments']}>
        {document.data.slice(0, shown).map((one, number) => {
          const answered = one.parent && one.parent !== 'root' ? (authors.get(one.parent) ?? one.parent) : null;
          return (
            // oxlint-disable-next-line react/no-array-index-key -- a source may give one id twice; the order is kept
            <li key={number}>
              <p className={styles['dim']}>
                <bdi>{one.author ?? one.author_id ?? t('around.nobody')}</bdi>
                {typeof one.timestamp === 'number' ? <When seconds={one.timestamp} /> : null}
                {typeof one.like_count === 'number' ? (
                  <span>{t('around.likes', { count: one.like_count })}</span>
                ) : null}
              </p>
              {answered ? <p className={styles['dim']}>{t('around.answers', { who: answered })}</p> : null}
              <p dir="auto">{one.text}</p>
            </li>
          );
        })}
      </ol>
      {shown < document.data.length ? (
        <Button variant="default" size="xs" onClick={() => setShown(shown + PAGE)}>
          {t('around.more', { count: document.data.length - shown })}
        </Button>
      ) : null}
    </>
  );
}

function When({ seconds }: { seconds: number }) {
  const at = new Date(seconds * 1000);
  return Number.isNaN(at.getTime()) ? null : <Moment at={at.toISOString()} exact />;
}

/** The comments of a document as the archive writes it; whatever else stands there is left alone. */
function listed(document: unknown): readonly Comment[] {
  const comments = (document as { comments?: unknown } | null)?.comments;
  return Array.isArray(comments) ? (comments as Comment[]) : [];
}
