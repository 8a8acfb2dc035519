import type { Schemas } from '@/api/client';
import { SENSITIVITIES, type Sensitivity } from '@/shared/lib/sensitivities';

export type View = Schemas['View'];
export type Order = Schemas['Order'];
export type Workflow = Schemas['Workflow'];

export const VIEWS: readonly View[] = ['mine', 'unclaimed', 'help', 'failed', 'all'];
export const ORDERS: readonly Order[] = ['newest', 'oldest', 'changed'];
export const WORKFLOWS: readonly Workflow[] = [
  'intake',
  'triaged',
  'claims_set',
  'first_review',
  'second_review',
  'compared',
  'adjudication',
  'concluded',
  'published',
  'reopened',
  'needs_help',
  'on_hold',
  'duplicate',
  'out_of_scope',
  'withdrawn',
];

/** What the address of the queue holds: the view and the filters. What is not said there is as usual. */
export interface QueueSearch {
  view?: View;
  workflow?: Workflow;
  sensitivity?: Sensitivity;
  platform?: string;
  q?: string;
  order?: Order;
}

export function queueSearch(search: Record<string, unknown>): QueueSearch {
  const known = <T extends string>(name: string, choices: readonly T[]): T | undefined =>
    choices.find((choice) => choice === search[name]);
  const words = (name: string, longest: number): string | undefined => {
    const value = search[name];
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, longest) : '';
    return text || undefined;
  };
  const kept = {
    view: known('view', VIEWS),
    workflow: known('workflow', WORKFLOWS),
    sensitivity: known('sensitivity', SENSITIVITIES),
    platform: words('platform', 80),
    q: words('q', 200),
    order: known('order', ORDERS),
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}
