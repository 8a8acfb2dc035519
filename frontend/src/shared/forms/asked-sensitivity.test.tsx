import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import { meQuery } from '@/api/queries';
import { startWords } from '@/i18n';
import type { Sensitivity } from '@/shared/lib/sensitivities';

import { AskedSensitivity } from './asked-sensitivity';

beforeAll(() => startWords('en'));

function Form({ mayBeKnown }: { mayBeKnown: boolean }) {
  const [value, setValue] = useState<Sensitivity>('restricted');
  return <AskedSensitivity value={value} onChange={setValue} mayBeKnown={mayBeKnown} />;
}

function show({ review, mayBeKnown = true }: { review: boolean; mayBeKnown?: boolean }) {
  const queries = new QueryClient();
  queries.setQueryDefaults(meQuery.queryKey, { staleTime: Infinity });
  queries.setQueryData(meQuery.queryKey, { may: { review } } as never);
  render(
    <MantineProvider>
      <QueryClientProvider client={queries}>
        <Form mayBeKnown={mayBeKnown} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return screen.getAllByRole('radio').map((one) => one.getAttribute('value'));
}

it('restricted stands there, and sealing says what it costs', () => {
  expect(show({ review: false })).toEqual(['restricted', 'sealed']);
  expect(screen.getByRole('radio', { name: 'Restricted' })).toBeChecked();
  expect(screen.getByText(/Only stewards see it.*encrypted.*stays sealed for good/)).toBeVisible();
});

it('is chosen by keyboard, and a submitter hears that a known link is not sealed by their wish', async () => {
  show({ review: false });
  await userEvent.tab();
  await userEvent.keyboard('{ArrowDown}');
  expect(screen.getByRole('radio', { name: 'Sealed' })).toBeChecked();
  expect(screen.getByRole('status')).toHaveTextContent('your wish is written down for the reviewers');
});

it('a reviewer chooses among all four, and hears that a known item is sealed with it', async () => {
  expect(show({ review: true })).toEqual(['public', 'researcher', 'restricted', 'sealed']);
  await userEvent.click(screen.getByRole('radio', { name: 'Sealed' }));
  expect(screen.getByRole('status')).toHaveTextContent('that is sealed too');
});

it('says nothing of what may be known where nothing can be', async () => {
  show({ review: false, mayBeKnown: false });
  await userEvent.click(screen.getByRole('radio', { name: 'Sealed' }));
  expect(screen.queryByRole('status')).toBeNull();
});
