import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';

import { allWords, startWords } from '@/i18n';

import { readNumber, writtenNumber } from './number';
import { NumberField } from './number-field';

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

function Held({ onChange, first = null }: { onChange: (value: number | null) => void; first?: number | null }) {
  const [value, setValue] = useState(first);
  const change = (next: number | null) => {
    setValue(next);
    onChange(next);
  };
  return (
    <MantineProvider>
      <NumberField label="Heading" value={value} min={-360} max={360} onChange={change} />
      <button type="button" onClick={() => change(12.5)}>
        from elsewhere
      </button>
    </MantineProvider>
  );
}

describe('a field for a number', () => {
  it.each([
    ['52.', '52', 52],
    ['-0.05', '-0.05', -0.05],
    ['1,5', '1.5', 1.5],
    ['−7.25', '-7.25', -7.25],
  ])('takes %s letter by letter and keeps it as it is typed', async (letters, afterwards, value) => {
    const heard = vi.fn();
    render(<Held onChange={heard} />);
    const field = screen.getByLabelText('Heading');
    await userEvent.type(field, letters);
    expect(field).toHaveValue(letters);
    expect(heard).toHaveBeenLastCalledWith(value);
    await userEvent.tab();
    expect(field).toHaveValue(afterwards);
  });

  it('says what is no number or too far, and takes nothing for it', async () => {
    const heard = vi.fn();
    render(<Held onChange={heard} />);
    const field = screen.getByLabelText('Heading');
    await userEvent.type(field, '12x');
    expect(screen.getByText('This is not a number')).toBeVisible();
    expect(heard).toHaveBeenLastCalledWith(null);
    await userEvent.clear(field);
    await userEvent.type(field, '361');
    await userEvent.tab();
    expect(screen.getByText('A number from -360 to 360')).toBeVisible();
    expect(field).toHaveValue('361');
    expect(heard).toHaveBeenLastCalledWith(null);
  });

  it('shows what is set from elsewhere', async () => {
    render(<Held first={7} onChange={vi.fn()} />);
    expect(screen.getByLabelText('Heading')).toHaveValue('7');
    await userEvent.click(screen.getByRole('button', { name: 'from elsewhere' }));
    expect(screen.getByLabelText('Heading')).toHaveValue('12.5');
  });
});

it.each(['en', 'uk', 'ru'])('a number written in %s reads as itself', (language) => {
  for (const value of [0, -0.5, 12.25, 1_234_567.125, 1e-7, 359.9999])
    expect(readNumber(writtenNumber(value, language))).toBe(value);
});

it.each(['', '.', '-', '1e5', '1.2.3', '1,2,3', 'NaN', '0x10', '1 . 5x'])('%s is no number', (text) =>
  expect(readNumber(text)).toBeNull(),
);
