import { MantineProvider, Modal } from '@mantine/core';
import { render, screen } from '@testing-library/react';

it('every style that a dialog makes bears the word that the policy of the page asks for', async () => {
  document.head.innerHTML = '<meta name="style-nonce" content="n0nce">';
  const { nonce } = await import('./nonce');
  render(
    <MantineProvider getStyleNonce={() => nonce}>
      <Modal opened onClose={() => undefined} title="Keys" transitionProps={{ duration: 0 }}>
        Words
      </Modal>
    </MantineProvider>,
  );
  await screen.findByRole('dialog');
  const styles = [...document.querySelectorAll('style')];
  expect(styles.some((one) => one.textContent?.includes('overflow: hidden'))).toBe(true);
  expect(styles.map((one) => one.getAttribute('nonce'))).toEqual(styles.map(() => 'n0nce'));
});
