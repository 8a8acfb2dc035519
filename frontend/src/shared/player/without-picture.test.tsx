import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';

import { allWords, startWords } from '@/i18n';

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
