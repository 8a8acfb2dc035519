import i18next from 'i18next';

import { startWords } from './index';

it('why something was refused is there soon after the first words, and without the rest', async () => {
  await startWords('uk');
  await vi.waitFor(() => expect(i18next.hasResourceBundle('uk', 'wrong')).toBe(true));
  expect(i18next.hasResourceBundle('uk', 'desk')).toBe(false);
});
