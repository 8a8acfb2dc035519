import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const api = process.env['SVIDOK_API'] ?? 'http://127.0.0.1:8420';

const proxied = { target: api, changeOrigin: true, headers: { origin: api } };

const FIRST_WORDS = /\/(app|failure|account|submit|receipt|queue|audience)\.json$/;

function wordsOf(id: string): string | null {
  const language = /\/src\/i18n\/(en|uk|ru)\//.exec(id)?.[1];
  if (!language) return null;
  if (id.endsWith('/wrong.json')) return `words-${language}-refused`;
  return FIRST_WORDS.test(id) ? `words-${language}` : `words-${language}-working`;
}

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Which file needs which: the size budgets are counted along it.
    manifest: true,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1100,
    rolldownOptions: {
      // How long plugins take is no news to whoever only starts the archive.
      checks: { bundlerTimings: false },
      output: {
        // Three chunks of words for each language: what comes first, why something was refused, and the rest. A reader
        // downloads one language only.
        codeSplitting: { groups: [{ debugName: 'words', name: wordsOf }] },
      },
    },
  },
  // To the stack every request looks as if its own pages had made it.
  server: { proxy: { '/api': proxied, '/map': proxied } },
  test: {
    globals: true,
    // Tests ask what happens, never how soon: a machine with other work takes more than the five seconds of the default.
    testTimeout: 60_000,
    projects: [
      // Rules need no page, and a page costs a second for each file: what does is a .tsx.
      { extends: true, test: { name: 'rules', environment: 'node', include: ['src/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'components', environment: 'jsdom', setupFiles: ['./src/test-setup.ts'], include: ['src/**/*.test.tsx'] },
      },
    ],
  },
});
