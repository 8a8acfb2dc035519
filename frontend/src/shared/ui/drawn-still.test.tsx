import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import { DrawnStill } from './drawn-still';

const STILL = { sketch: '/sketch', blur: '/blur', clear: '/clear', tile: null };

test('the drawn copy is shown, and no clear one is ever asked for', () => {
  const { container } = render(<DrawnStill still={STILL} alt="a still" />);
  expect(screen.getByRole('img', { name: 'a still' }).getAttribute('src')).toBe('/sketch');
  expect(container.innerHTML).not.toContain('/clear');
});

test('without a drawn copy its place is empty', () => {
  render(<DrawnStill still={{ ...STILL, sketch: null }} alt="a still" />);
  render(<DrawnStill still={null} alt="a still" />);
  expect(screen.queryByRole('img')).toBeNull();
});

test('of a sheet of pictures the one that is meant is shown, and named once', () => {
  const tile = { column: 2, row: 1, columns: 3, rows: 2, width: 240, height: 135 };
  const { container } = render(<DrawnStill still={{ ...STILL, tile }} alt="a still" />);
  expect(screen.getAllByRole('img', { name: 'a still' })).toHaveLength(1);
  expect(container.querySelector('img')?.style).toMatchObject({
    width: '300%',
    height: '200%',
    left: '-200%',
    top: '-100%',
  });
});
