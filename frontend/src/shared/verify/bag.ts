/** The outside of a package: a bag of files with manifests of their digests, and a seal over the manifests. */

import { Fault } from './finding';
import { isName, type NoteKey, parseNote, signatureBy } from './note';
import { byCodePoints, cut, textOf } from './text';

export const DECLARATION = 'bagit.txt';
export const DECLARED = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
export const SEAL = 'manifest.sig';
export const ALGORITHMS = ['sha256', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];
export const PAYLOAD = 'data/';

export const manifestOf = (algorithm: Algorithm) => `manifest-${algorithm}.txt`;
export const tagManifestOf = (algorithm: Algorithm) => `tagmanifest-${algorithm}.txt`;
export const AROUND = [...ALGORITHMS.map(manifestOf), ...ALGORITHMS.map(tagManifestOf), 'bag-info.txt', SEAL];

const FORMAT = 'svidok.package/1';
const HEX = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ };

/** Names with their digests, in the one spelling a manifest has. Source: RFC 8493 section 2.1.3. */
export function readManifest(content: Uint8Array, algorithm: Algorithm): Map<string, string> {
  const lines = textOf(content, 'manifest.noText').split('\n');
  const digests = new Map<string, string>();
  lines.slice(0, -1).forEach((line, place) => {
    const [digest, rest] = cut(line, '  ');
    const name = (rest ?? '').replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
    if (rest === null || !HEX[algorithm].test(digest) || digests.has(name)) {
      throw new Fault('manifest.line', { line: place + 1 });
    }
    digests.set(name, digest);
  });
  const spelled = [...digests]
    .toSorted(([one], [other]) => byCodePoints(one, other))
    .map(([name, digest]) => {
      const told = name.replaceAll('%', '%25').replaceAll('\n', '%0A').replaceAll('\r', '%0D');
      return `${digest}  ${told}`;
    });
  if (lines.at(-1) !== '' || [...spelled, ''].join('\n') !== lines.join('\n')) throw new Fault('manifest.spelled');
  return digests;
}

/** What the archive signs: of which item or record this is a package, and the digests of its tag manifests. */
export interface Seal {
  origin: string;
  subject: string;
  tagManifests: Record<Algorithm, string>;
}

function parseSeal(text: string): Seal {
  const lines = text.split('\n');
  const [format, origin = '', subject = ''] = lines;
  if (lines.length !== 6 || format !== FORMAT || !isName(origin) || !/^(?:itm|rec)_[0-9a-z]{26}$/.test(subject)) {
    throw new Fault('seal.form');
  }
  const [first, second] = [cut(lines[3] ?? '', ' '), cut(lines[4] ?? '', ' ')];
  const tagManifests = { sha256: first[1] ?? '', sha512: second[1] ?? '' };
  const isNamed = first[0] === 'sha256' && second[0] === 'sha512';
  if (!isNamed || !ALGORITHMS.every((name) => HEX[name].test(tagManifests[name]))) throw new Fault('seal.digests');
  return { origin, subject, tagManifests };
}

/** Whether it is the package of a published record: without its item's chain, of which it holds only events. */
export function isOfRecord(seal: Seal | null): boolean {
  return seal?.subject.startsWith('rec_') ?? false;
}

/**
 * Reads a seal and checks its signature with those keys that carry its origin's name: the one that signed it, null
 * without one among them. Throws for a signature that is not good.
 */
export function openSeal(whole: Uint8Array, keys: readonly NoteKey[]): { seal: Seal; signer: NoteKey | null } {
  const note = parseNote(whole);
  const seal = parseSeal(note.text);
  const signers = keys.filter((key) => key.name === seal.origin && signatureBy(note, key) !== null);
  return { seal, signer: signers[0] ?? null };
}
