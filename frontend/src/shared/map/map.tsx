import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';

import { ErrorBoundary } from '@/shared/ui/error-boundary';
import { Bones } from '@/shared/ui/states';

import type { MapProps } from './contract';
import { mapQuery } from './map-query';

export type { MapProps } from './contract';

const Drawn = lazy(async () => ({ default: (await import('./map-view')).MapView }));
const Flat = lazy(async () => ({ default: (await import('./flat-map')).FlatMap }));

/** A map. It fills its box, asks nobody outside, and becomes an outline of the world where there is no WebGL. */
export function MapView(props: MapProps) {
  const { data, isPending } = useQuery(mapQuery);
  if (isPending) return <Bones rows={4} />;
  const shown = data ?? null;
  const flat = (reason: 'no_webgl' | 'failed') => (
    <Suspense fallback={<Bones rows={4} />}>
      <Flat {...props} shown={shown} reason={reason} />
    </Suspense>
  );
  if (!hasWebgl2()) return flat('no_webgl');
  return (
    <ErrorBoundary fallback={() => flat('failed')}>
      <Suspense fallback={<Bones rows={4} />}>
        <Drawn {...props} shown={shown} />
      </Suspense>
    </ErrorBoundary>
  );
}

let found: boolean | null = null;

function hasWebgl2(): boolean {
  found ??= typeof WebGL2RenderingContext !== 'undefined' && !!document.createElement('canvas').getContext('webgl2');
  return found;
}
