import { type Assertion, type Item } from '@/shared/desk/contract';
import { isFilmedNever } from '@/shared/desk/filmed';
import { closingNote } from '@/shared/desk/not-determinable';

/** How far one question of an item is answered. */
export type Answer = 'yes' | 'partly' | 'no' | 'failed' | 'closed';
export type Question = 'preserved' | 'located' | 'dated' | 'identified' | 'published';

type Asked = Pick<Item, 'outcome' | 'record' | 'assertions' | 'captures'> & Partial<Pick<Item, 'erased_at' | 'files'>>;

/** The questions every item is asked, in the order in which they are answered, and how far they are. */
export function questions(item: Asked): [Question, Answer][] {
  return [
    ['preserved', preserved(item)],
    ['located', said(item.assertions, 'place')],
    ['dated', isFilmedNever(item) ? 'failed' : said(item.assertions, 'time')],
    ['identified', said(item.assertions, 'unit')],
    ['published', item.record ? 'yes' : 'no'],
  ];
}

/** Any capture that has brought media counts: what is kept stays kept, whatever a later try found; unless it is lost. */
function preserved({ captures, outcome, erased_at, files }: Asked): Answer {
  if (erased_at) return 'closed';
  if (hasLost({ files: files ?? [] })) return 'failed';
  const outcomes = [...captures.map((capture) => capture.outcome), ...(outcome ? [outcome] : [])];
  if (outcomes.includes('captured') || hasSupplied({ captures, files: files ?? [] })) return 'yes';
  if (outcomes.includes('partial')) return 'partly';
  return outcomes.length > 0 ? 'failed' : 'no';
}

/** Whether an original is kept that somebody supplied: it is whole as it came, whatever can be read of it. */
function hasSupplied({ captures, files }: Pick<Item, 'captures' | 'files'>): boolean {
  const supplied = new Set(captures.filter((capture) => capture.supplied).map(({ capture }) => capture));
  return files.some(({ role, capture }) => role === 'original' && supplied.has(capture));
}

/** Whether an original was found altered or missing, and is whole on no store. */
export function hasLost({ files }: Pick<Item, 'files'>): boolean {
  return files.some(({ role, is_lost }) => role === 'original' && is_lost);
}

function said(assertions: readonly Assertion[], kind: 'place' | 'time' | 'unit'): Answer {
  const statuses = assertions.filter((one) => one.kind === kind && !one.superseded_by).map((one) => one.body['status']);
  if (statuses.includes('accepted')) return 'yes';
  if (statuses.includes('candidate')) return 'partly';
  return closingNote(assertions, kind) ? 'closed' : 'no';
}
