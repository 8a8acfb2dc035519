import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';

import { missingOf, spanOf } from './draft';
import { useTyped } from './use-time';

const KYIV = 'Europe/Kyiv';

function reading(first: string, zone: string | null = KYIV) {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  return renderHook(({ text, of }) => useTyped(text, of), { wrapper, initialProps: { text: first, of: zone } });
}

describe('a typed time', () => {
  it('is never taken for an open end while it is still being read', async () => {
    const { result, rerender } = reading('2024-03-05');
    expect(result.current).toBe('reading');
    await waitFor(() => expect(result.current).toMatchObject({ latest: Date.parse('2024-03-05T21:59:59.999Z') }));
    rerender({ text: '2024-03-0', of: KYIV });
    expect(result.current).toBe('reading');
    await waitFor(() => expect(result.current).toBe('wrong'));
    rerender({ text: '', of: KYIV });
    expect(result.current).toBe('empty');
  });

  it('is not read in a zone that nobody knows yet', async () => {
    const { result, rerender } = reading('2024-03-05 14:30', null);
    await act(async () => {});
    expect(result.current).toBe('reading');
    rerender({ text: '2024-03-05 14:30', of: KYIV });
    await waitFor(() => expect(result.current).toMatchObject({ earliest: Date.parse('2024-03-05T12:30:00Z') }));
  });

  it('is no bound while the reader for dates cannot be had, and is read once it can', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const module = vi.doMock('edtf', () => {
      throw new Error('no network');
    });
    const { result } = reading('2024-03');
    await waitFor(() => expect(result.current).toBe('unread'));
    expect(spanOf({ earliest: 0, latest: 1, isUncertain: false, isApproximate: false }, result.current)).toBeNull();
    expect(missingOf('empty', result.current)).toBe('unread');
    module[Symbol.dispose]();
    await act(async () => void vi.advanceTimersByTime(4_000));
    await waitFor(() => expect(result.current).toMatchObject({ earliest: Date.parse('2024-02-29T22:00:00Z') }));
    vi.useRealTimers();
  });
});
