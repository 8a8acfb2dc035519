import type { Assertion, Item } from '@/shared/desk/contract';
import { isFilmedNever } from '@/shared/desk/filmed';
import { SENSITIVITIES, type Sensitivity } from '@/shared/lib/sensitivities';

/** What a record tells its audience, and what it does not: names of sentences. */
export function disclosure(audience: Sensitivity): { told: string[]; withheld: string[] } {
  const told = ['source', 'captures', 'originals', 'accepted'];
  const withheld = ['submitters', 'notes', 'candidates', 'sealedFiles'];
  if (audience === 'public')
    return {
      told: [...told, 'coarsePlaces'],
      withheld: [...withheld, 'exactPlaces', 'reasoning', 'addresses', 'keys'],
    };
  return { told: [...told, 'exactPlaces', 'reasoning'], withheld };
}

/** What stands of the kinds that are published. */
export function standing(item: Pick<Item, 'assertions'>): { accepted: Assertion[]; candidates: Assertion[] } {
  const current = item.assertions.filter((one) => one.kind !== 'note' && !one.superseded_by);
  return {
    accepted: current.filter((one) => one.body['status'] === 'accepted'),
    candidates: current.filter((one) => one.body['status'] === 'candidate'),
  };
}

/** Why an item cannot be published: names of sentences; none where it can. */
export function obstacles(item: Pick<Item, 'files' | 'workflow'>, mayPublish: boolean): string[] {
  return [
    ...(mayPublish ? [] : ['role']),
    ...(item.files.some((file) => file.role === 'original') ? [] : ['noOriginal']),
    ...(item.workflow === 'withdrawn' ? ['withdrawn'] : []),
  ];
}

/** What gives a publisher pause without hindering them. */
export function cautions(item: Pick<Item, 'assertions' | 'captures' | 'workflow' | 'record'>): string[] {
  const { accepted, candidates } = standing(item);
  return [
    ...(accepted.length === 0 ? ['nothingAccepted'] : []),
    ...(candidates.length > 0 ? ['candidatesLeft'] : []),
    ...(isFilmedNever(item) ? ['filmedNever'] : []),
    ...(['needs_help', 'on_hold', 'duplicate', 'out_of_scope'].includes(item.workflow) ? ['aside'] : []),
  ];
}

/** Whether an audience is of more people than the item itself is for. */
export function isWider(audience: Sensitivity, own: Sensitivity): boolean {
  return SENSITIVITIES.indexOf(audience) < SENSITIVITIES.indexOf(own);
}
