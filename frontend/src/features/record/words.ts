import type { PublishedRecord } from '@/shared/records/body';

/** The key of the words for a record's review policy. */
export function policyKey(record: PublishedRecord): string {
  return `policy.${record.review.policy.split('_')[0] ?? ''}`;
}

/** Reasons stand in a record as English sentences, frozen; these are the beginnings or ends that tell them apart. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/moved to the middle of a 0\.05 degree cell$/, 'moved'],
  [/enlarged to cover the cell$/, 'enlarged'],
  [/^the exact place could endanger people$/, 'danger'],
  [/^free words may give the exact place away$/, 'words'],
  [/^a cited address may give the exact place away$/, 'cited'],
  [/^remarks among reviewers are not published$/, 'remarks'],
  [/^who submitted is never published$/, 'submitter'],
  [/^what the platform answered beside the media is sealed$/, 'sealed'],
  [/^what stands behind its path may open the file itself, and all that is in it$/, 'keys'],
  [/^the address itself may open the file, and all that is in it; only posts that a platform shows/, 'unlisted'],
  [/^words that are seen or heard may give places and people away$/, 'quoted'],
];

/** The key of a reason that we have words for; null for others, which are shown as they stand. */
export function reasonKey(reason: string): string | null {
  return REASONS.find(([form]) => form.test(reason))?.[1] ?? null;
}
