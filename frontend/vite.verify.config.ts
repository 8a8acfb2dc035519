import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pin = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/**
 * Makes one HTML file of the script and the styles. Its policy lets run exactly these two and reach nothing: whoever
 * opens it from a disk needs no server, and what it reads cannot leave.
 */
function oneFile(name: string): Plugin {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      let [script, style] = ['', ''];
      for (const [key, part] of Object.entries(bundle)) {
        if (part.type === 'chunk') script += part.code.replaceAll('</script', '<\\/script');
        else if (key.endsWith('.css')) style += String(part.source);
        delete bundle[key];
      }
      const policy = `default-src 'none'; script-src ${pin(script)}; style-src ${pin(style)}; base-uri 'none'; form-action 'none'`;
      const head = [
        '<meta charset="utf-8">',
        `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        `<title>Svidok</title><style>${style}</style>`,
      ];
      const none = '<noscript>This page checks packages with JavaScript. Without it, use svidok verify.</noscript>';
      const source = `<!doctype html>\n<html lang="en"><head>${head.join('\n')}</head>\n<body>${none}<script>${script}</script></body></html>\n`;
      this.emitFile({ type: 'asset', fileName: name, source });
    },
  };
}

export default defineConfig({
  plugins: [oneFile('verifier.html')],
  resolve: { alias: { '@': at('./src') } },
  publicDir: false,
  build: {
    target: 'es2022',
    outDir: at('./dist'),
    emptyOutDir: false,
    sourcemap: false,
    cssCodeSplit: false,
    rolldownOptions: { input: at('./verify-page/entry.ts'), output: { format: 'iife' } },
  },
});
