import { expect, it } from 'vitest';
import { toldWithTag } from './client';

it.each([
  ['"sha256:ab"', '"sha256:ab"'],
  ['W/"sha256:ab"', '"sha256:ab"'],
])('tells the state that %s names, whatever a proxy has made of it', async (told, etag) => {
  const response = new Response('{}', { headers: { ETag: told } });
  expect((await toldWithTag(Promise.resolve({ data: {}, response }))).etag).toBe(etag);
});
