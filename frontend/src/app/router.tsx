import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';

import { instanceQuery, type Me, meQuery } from '@/api/queries';
import { allWords } from '@/i18n';
import { exploreSearch } from '@/features/explore/search';
import { placesSearch } from '@/features/places/search';
import { queueSearch } from '@/features/queue/search';
import { recordSearch } from '@/features/record/search';
import { submitSearch } from '@/features/submit/search';
import { unitsSearch } from '@/features/units/search';
import { FailureMessage } from '@/shared/ui/states';

import { NotFound } from './not-found';
import { Shell } from './shell';
import { workbenchSearch } from './workbench/search';

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Shell,
  errorComponent: ({ error, reset }) => <FailureMessage error={error} retry={reset} centred />,
  notFoundComponent: NotFound,
});

/** Lets in whoever is logged in; everybody else goes to the log-in and comes back. */
async function loggedIn({ context, location }: { context: Context; location: { href: string } }): Promise<void> {
  const me = await context.queries.ensureQueryData(meQuery);
  if (me) return;
  const instance = await context.queries.ensureQueryData(instanceQuery);
  if (!instance.set_up) throw redirect({ to: '/setup' });
  throw redirect({ to: '/login', search: { next: location.href } });
}

/** Where somebody's work begins. */
export function homeOf(me: Me): '/queue' | '/submit' | '/explore' | '/admin' {
  if (me.may.review) return '/queue';
  if (me.may.submit) return '/submit';
  return me.may.manage_people ? '/admin' : '/explore';
}

const nextSearch = (search: Record<string, unknown>): { next?: string } =>
  typeof search['next'] === 'string' && /^\/(?!\/)/.test(search['next']) ? { next: search['next'] } : {};

/**
 * Reads of an address only what a page knows. The router hands on whatever a reader of addresses does not name, also
 * what it has refused; named without a value, it is gone.
 */
function only<T extends object>(read: (search: Record<string, unknown>) => T): (search: Record<string, unknown>) => T {
  return (search) => ({ ...Object.fromEntries(Object.keys(search).map((name) => [name, undefined])), ...read(search) });
}

/** A page that people work on: it comes together with the words of the working pages. */
function working<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => (await Promise.all([load(), allWords()]))[0];
}

const parent = () => root;
const home = createRoute({
  getParentRoute: parent,
  path: '/',
  beforeLoad: async ({ context, location }) => {
    await loggedIn({ context, location });
    const me = await context.queries.ensureQueryData(meQuery);
    if (me) throw redirect({ to: homeOf(me) });
  },
});
const setup = createRoute({
  getParentRoute: parent,
  path: '/setup',
  component: lazyRouteComponent(() => import('@/features/account/setup-page'), 'SetupPage'),
});
const login = createRoute({
  getParentRoute: parent,
  path: '/login',
  validateSearch: only(nextSearch),
  component: lazyRouteComponent(() => import('@/features/account/login-page'), 'LoginPage'),
});
const me = createRoute({
  getParentRoute: parent,
  path: '/me',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/account/me-page')),
    'MePage',
  ),
});
const submit = createRoute({
  getParentRoute: parent,
  path: '/submit',
  validateSearch: only(submitSearch),
  beforeLoad: loggedIn,
  component: lazyRouteComponent(() => import('@/features/submit/submit-page'), 'SubmitPage'),
});
const receipts = createRoute({
  getParentRoute: parent,
  path: '/receipts',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(() => import('@/features/receipt/receipts-page'), 'ReceiptsPage'),
});
const receipt = createRoute({
  getParentRoute: parent,
  path: '/receipts/$submission',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(() => import('@/features/receipt/receipt-page'), 'ReceiptPage'),
});
const batch = createRoute({
  getParentRoute: parent,
  path: '/batches/$batch',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(() => import('@/features/receipt/batch-page'), 'BatchPage'),
});
const queue = createRoute({
  getParentRoute: parent,
  path: '/queue',
  validateSearch: only(queueSearch),
  beforeLoad: loggedIn,
  component: lazyRouteComponent(() => import('@/features/queue/queue-page'), 'QueuePage'),
});
const needs = createRoute({
  getParentRoute: parent,
  path: '/needs',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/needs/needs-page')),
    'NeedsPage',
  ),
});
const workbench = createRoute({
  getParentRoute: parent,
  path: '/items/$item',
  validateSearch: only(workbenchSearch),
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('./workbench/workbench-page')),
    'WorkbenchPage',
  ),
});
const explore = createRoute({
  getParentRoute: parent,
  path: '/explore',
  validateSearch: only(exploreSearch),
  component: lazyRouteComponent(
    working(() => import('@/features/explore/explore-page')),
    'ExplorePage',
  ),
});
const record = createRoute({
  getParentRoute: parent,
  path: '/records/$record',
  validateSearch: only(recordSearch),
  component: lazyRouteComponent(
    working(() => import('@/features/record/record-page')),
    'RecordPage',
  ),
});
const verify = createRoute({
  getParentRoute: parent,
  path: '/verify',
  component: lazyRouteComponent(
    working(() => import('@/features/verify/verify-page')),
    'VerifyPage',
  ),
});
const find = createRoute({
  getParentRoute: parent,
  path: '/find',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/find/find-page')),
    'FindPage',
  ),
});
const units = createRoute({
  getParentRoute: parent,
  path: '/units',
  validateSearch: only(unitsSearch),
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/units/units-page')),
    'UnitsPage',
  ),
});
const unit = createRoute({
  getParentRoute: parent,
  path: '/units/$unit',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/units/unit-page')),
    'UnitPage',
  ),
});
const places = createRoute({
  getParentRoute: parent,
  path: '/places',
  validateSearch: only(placesSearch),
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/places/places-page')),
    'PlacesPage',
  ),
});
const admin = createRoute({
  getParentRoute: parent,
  path: '/admin',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/admin/admin-page')),
    'AdminPage',
  ),
});
const adminSection = createRoute({
  getParentRoute: parent,
  path: '/admin/$section',
  beforeLoad: loggedIn,
  component: lazyRouteComponent(
    working(() => import('@/features/admin/admin-page')),
    'AdminPage',
  ),
});

const routeTree = root.addChildren([
  home,
  setup,
  login,
  me,
  submit,
  receipts,
  receipt,
  batch,
  queue,
  needs,
  workbench,
  explore,
  record,
  verify,
  find,
  units,
  unit,
  places,
  admin,
  adminSection,
]);

export function makeRouter(queries: QueryClient) {
  return createRouter({ routeTree, context: { queries }, defaultPreload: 'intent', scrollRestoration: true });
}

export type AppRouter = ReturnType<typeof makeRouter>;

declare module '@tanstack/react-router' {
  interface Register {
    router: AppRouter;
  }
}
