import { render, screen } from '@testing-library/react';

import type { Schemas } from '@/api/client';
import { allWords, startWords } from '@/i18n';

import { Origin } from './origin';

type Manifest = Schemas['Manifest'];

const signer = { name: 'Olena Camera', issuer: 'Olena Camera Ltd' };

function shown(manifest: Partial<Manifest>, tags: Partial<Schemas['Tags']> = {}) {
  const whole: Manifest = { state: 'absent', ...manifest };
  return render(
    <Origin
      read={{
        original: 'a'.repeat(64),
        manifest: whole,
        tags: { left: 0, ...tags },
        store_bytes: null,
        trust_list: null,
      }}
    />,
  );
}

beforeAll(async () => {
  await startWords('en');
  await allWords();
});

it('a good signature of somebody unknown is told with who it is and that nobody vouches for them', () => {
  const { container } = shown({ state: 'valid', signer });
  expect(screen.getByText('Signed by Olena Camera, which nobody here vouches for.')).toBeVisible();
  expect(container.querySelector('svg, img, [class*="good"]')).toBeNull();
});

it('only a listed signer is told to be on the list', () => {
  shown({ state: 'trusted', signer });
  expect(screen.getByText(/trust list/)).toBeVisible();
});

it('absence is unknown, and says nothing', () => {
  shown({ state: 'absent' });
  expect(screen.getByText(/^Content Credentials: unknown\..*says nothing\.$/)).toBeVisible();
});

it('what lies elsewhere is an address in words and no link to follow', () => {
  shown({ state: 'absent', note: 'remote', remote: 'https://example.org/a.c2pa' });
  expect(screen.getByText('https://example.org/a.c2pa')).toBeVisible();
  expect(screen.queryByRole('link')).toBeNull();
});

it('codes and tags stay folded until they are asked for, and come in the words of the file', () => {
  const codes = [
    { code: 'claimSignature.mismatch', kind: 'failure' as const, of_ingredient: false, explanation: null },
  ];
  const all = [{ where: 'container', name: 'location', value: '+48.0+37.8/' }];
  shown({ state: 'invalid', codes }, { location: '+48.0+37.8/', all });
  expect(screen.getByText('1 code of the specification')).not.toBeVisible();
  expect(screen.getByText('claimSignature.mismatch')).not.toBeVisible();
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  expect(screen.getByText('claimSignature.mismatch')).toBeVisible();
  expect(screen.getByText('container: location')).toBeVisible();
});

it('the times of the headers come part by part, with what they are worth, and what is not set says so', () => {
  const headers = [
    { box: 'mvhd' as const, track: null, created: '2026-03-01T10:20:30Z', modified: null },
    { box: 'tkhd' as const, track: 2, created: null, modified: null },
  ];
  shown({ state: 'absent' }, { headers });
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  expect(screen.getByText(/proves nothing/)).toBeVisible();
  expect(screen.getByRole('row', { name: /^Whole file \(mvhd\) 2026-03-01T10:20:30Z not set$/ })).toBeVisible();
  expect(screen.getByRole('row', { name: /^Track 2 \(tkhd\) not set not set$/ })).toBeVisible();
});

it('what is not listed of too many tags is counted', () => {
  const all = [{ where: 'container', name: 'a', value: 'b' }];
  shown({ state: 'absent' }, { all, left: 19_800 });
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  expect(screen.getByText(/^19.?800 more tags are in the file/)).toBeVisible();
});

it('where tags were not read says so, also where there is none to list', () => {
  shown({ state: 'absent' }, { unread: ['container', 'cover'] });
  for (const folded of document.querySelectorAll('details')) folded.open = true;
  expect(screen.getByText(/^Not read.*tags of the file and its streams, pictures that came along/)).toBeVisible();
});
