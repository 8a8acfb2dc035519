import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';

import { FirstLook } from './first-look';
import { Pictures } from './without-picture';

const still = (digest: string) => ({ digest, content: `/${digest}`, media_type: 'image/jpeg' });

beforeAll(async () => {
  await startWords('en');
  await allWords();
});
afterEach(cleanup);

describe('a post of pictures alone', () => {
  it('loads a picture when somebody asks for it and no sooner, and says when it cannot be shown', () => {
    render(
      <MantineProvider>
        <Pictures pictures={[still('one'), still('two')]} />
      </MantineProvider>,
    );
    expect(screen.getByRole('heading').textContent).toContain('2 pictures');
    expect(screen.queryByRole('img')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Show picture 2' }));
    expect(screen.getByRole('img', { name: 'Picture 2 of the post' }).getAttribute('src')).toBe('/two');
    fireEvent.error(screen.getByRole('img'));
    expect(screen.getByRole('alert').textContent).toContain('kept');
  });
});

describe('the first look', () => {
  const content = { clear: '/clear', sketch: '/sketch', blur: '/blur' };
  const grid = { columns: 2, rows: 1, tile_width: 240, tile_height: 135, times_s: [0, 12.5] };
  const step = {
    name: 'arrival',
    version: '1',
    capture: 'cap',
    tries: 0,
    seconds: null,
    progress: null,
    is_cancellable: false,
    is_older: false,
  } as const;
  const shown = (look: Parameters<typeof FirstLook>[0]['look'], state: 'ready' | 'dead' = 'ready') =>
    render(<FirstLook look={look} steps={[{ ...step, state, outcome: state }]} shield="sketch" />);

  it('shows shielded stills with their times, and says that they are provisional and what is left out', () => {
    const { container } = shown({ looked: 'seen', key_frames: 3, damaged: 1, stills: { ...grid, content } });
    expect([...container.querySelectorAll('img')].map((one) => one.getAttribute('src'))).toEqual([
      '/sketch',
      '/sketch',
    ]);
    expect(container.textContent).toContain('3 key frames alone, and provisional');
    expect(container.textContent).toContain('One damaged key frame is left out.');
    expect(container.textContent).toContain('00:00:12.500');
  });

  it('says that it comes, that it failed, or why there is nothing to show', () => {
    expect(shown(null).container.textContent).toContain('within seconds');
    expect(shown(null, 'dead').container.textContent).toContain('failed');
    const nothing = shown({ looked: 'no_times', key_frames: 0, damaged: 0, stills: null });
    expect(nothing.container.textContent).toContain('does not tell the time');
    expect(nothing.container.querySelector('img')).toBeNull();
  });
});
