/**
 * Checks a package without server, database or network: nine numbered checks, each passed, failed or unknown. The same
 * procedure as `svidok verify` follows, check by check; a table of damaged packages holds both to one answer.
 */

import { ALGORITHMS, type Algorithm, AROUND, DECLARATION, DECLARED, isOfRecord, manifestOf, openSeal } from './bag';
import { PAYLOAD, readManifest, SEAL, type Seal, tagManifestOf } from './bag';
import { chunksOf, digestsOf, digestsOfStream } from './digests';
import { EVENTS, type Linked, readEvents } from './events';
import { Fault, type Finding, type Told, Unknown } from './finding';
import { readKeys, type Trust } from './keys';
import {
  checkProof,
  type Checkpoint,
  cosignedTimes,
  type LogKey,
  openCheckpoint,
  parseCheckpoint,
  parseProof,
} from './ledger';
import { type NoteKey, parseNote } from './note';
import { type Seen, seenBy } from './outside';
import { chainOf, extended, isSame, joinedKeys, openSuccession, type Succession } from './succession';
import { areEqual, byCodePoints, bytesOf, hexOf, textOf } from './text';
import type { Tree } from './tree';

const LARGEST_TEXT_BYTES = 512 << 20;
const FILES = 'data/files.json';
const CHECKPOINT = 'data/ledger/checkpoint';
const CLAIMED_KEYS = 'data/ledger/keys.txt';
const PROOFS = 'data/ledger/proofs/';
const SUCCESSIONS = 'data/ledger/keys/';
const FOLDERS = ['data/originals/', 'data/products/', 'data/context/'];

type Progress = (count: number) => void;
/** Faults as they are found, and at the end a check's own sentence. */
type Check = (package_: Package, told: Progress) => AsyncGenerator<Fault | Told>;

/** What has been learned so far. */
interface Package {
  tree: Tree;
  trust: Trust;
  listed: Record<Algorithm, Map<string, string>>;
  seal: Seal | null;
  events: Linked[];
  claimedKeys: LogKey[];
  /** The trusted keys, with those that successions join to them. */
  keys: LogKey[];
  signer: NoteKey | null;
}

const said = (code: string, values: Told['values'] = {}): Told => ({ code, values });

/** Checks a package; every finding there is, at least one for each number. Throws nothing of the package's making. */
export async function verify(tree: Tree, trust: Trust, told: Progress = () => {}): Promise<Finding[]> {
  const listed = { sha256: new Map<string, string>(), sha512: new Map<string, string>() };
  const known: Package = { tree, trust, listed, seal: null, events: [], claimedKeys: [], keys: [], signer: null };
  const findings: Finding[] = [];
  const failed = new Set<number>();
  for (const [place, [name, needs, check]] of CHECKS.entries()) {
    const number = place + 1;
    const lacking = needs.find((one) => failed.has(one));
    if (lacking !== undefined) {
      const values = { number: lacking };
      findings.push({ number, name, verdict: 'unknown', code: 'after', values, subject: null, claimed: true });
      failed.add(number);
      continue;
    }
    const ended = await endOf(number, name, check(known, told));
    findings.push(...ended);
    if (ended.some((one) => one.verdict === 'fail')) failed.add(number);
  }
  return findings;
}

/** The finding about something that cannot even be opened as a package. */
export function unopened(wrong: unknown, subject: string): Finding[] {
  const { code, values } = wrong instanceof Fault ? wrong : said('unreadable', { name: subject });
  return [{ number: 1, name: 'form', verdict: 'fail', code, values, subject, claimed: true }];
}

/** A check's faults; where there is none, its own sentence. */
async function endOf(number: number, name: string, check: AsyncGenerator<Fault | Told>): Promise<Finding[]> {
  const faults: Finding[] = [];
  let passed = said('form.passed');
  const failing = (fault: Fault): Finding => ({
    number,
    name,
    verdict: 'fail',
    code: fault.code,
    values: fault.values,
    subject: fault.subject,
    claimed: true,
  });
  try {
    for await (const one of check) {
      if (one instanceof Fault) faults.push(failing(one));
      else passed = one;
    }
  } catch (wrong) {
    if (!(wrong instanceof Unknown))
      return [...faults, failing(wrong instanceof Fault ? wrong : new Fault('formless'))];
    const { code, values, claimed } = wrong;
    if (faults.length === 0) return [{ number, name, verdict: 'unknown', code, values, subject: null, claimed }];
  }
  if (faults.length > 0) return faults;
  return [{ number, name, verdict: 'pass', code: passed.code, values: passed.values, subject: null, claimed: true }];
}

async function read(tree: Tree, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const size = tree.sizes.get(name);
  if (size === undefined) throw new Fault('missing', { name }, name);
  if (size > LARGEST_TEXT_BYTES) throw new Fault('large', { name }, name);
  try {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of chunksOf(tree.open(name))) chunks.push(chunk);
    return new Uint8Array(await new Blob(chunks).arrayBuffer());
  } catch {
    throw new Fault('unreadable', { name }, name);
  }
}

/** Runs `act`; a fault of it is one of this file. */
function within<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (wrong) {
    throw wrong instanceof Fault ? wrong.of(name) : wrong;
  }
}

async function* form({ tree }: Package): ReturnType<Check> {
  if (!areEqual(await read(tree, DECLARATION), bytesOf(DECLARED))) throw new Fault('form.noBag', {}, DECLARATION);
  for (const name of AROUND) if (!tree.sizes.has(name)) yield new Fault('missing', { name }, name);
  yield said('form.passed', { count: tree.sizes.size });
}

async function* seal(known: Package): ReturnType<Check> {
  const claimedText = await read(known.tree, CLAIMED_KEYS);
  try {
    known.claimedKeys = readKeys(textOf(claimedText, 'noKey'));
  } catch {
    throw new Fault('seal.nobody', {}, CLAIMED_KEYS);
  }
  const chain = await successionsOf(known.tree);
  const whole = await read(known.tree, SEAL);
  const opened = within(SEAL, () => {
    known.keys = joined(known.trust, openSeal(whole, []).seal.origin, chain);
    return openSeal(
      whole,
      known.keys.map((one) => one.key),
    );
  });
  const claimed = within(SEAL, () =>
    openSeal(
      whole,
      known.claimedKeys.map((one) => one.key),
    ),
  ).signer;
  for (const algorithm of ALGORITHMS) {
    const name = tagManifestOf(algorithm);
    const found = digestsOf(await read(known.tree, name))[algorithm];
    const wanted = opened.seal.tagManifests[algorithm];
    if (found !== wanted) yield new Fault('seal.manifest', { wanted, found }, name);
  }
  [known.seal, known.signer] = [opened.seal, opened.signer];
  const { origin } = opened.seal;
  const { signer } = opened;
  const named = known.trust.keys.map((one) => one.key);
  if (!signer && (!claimed || named.some((key) => key.name === origin))) {
    throw new Fault('seal.untrusted', { origin }, SEAL);
  }
  if (!signer) throw new Unknown('seal.claimed', { origin }, true);
  const isNamed = named.some((key) => isSame(key, signer));
  yield said(isNamed ? 'seal.passed' : 'seal.joined', { name: signer.name, id: hexOf(signer.id) });
}

/** How the archive says its keys followed one another. */
async function successionsOf(tree: Tree): Promise<readonly Succession[]> {
  const names = [...tree.sizes.keys()].filter((name) => name.startsWith(SUCCESSIONS)).toSorted(byCodePoints);
  let chain: readonly Succession[] = [];
  for (const [place, name] of names.entries()) {
    const ordinal = String(place + 1).padStart(4, '0');
    if (name !== SUCCESSIONS + ordinal) throw new Fault('succession.place', { name }, name);
    const note = await read(tree, name);
    chain = within(name, () => extended(chain, openSuccession(note)));
  }
  return chain;
}

/** The keys that are trusted, and those which the successions of this archive, from here or there, join to them. */
function joined(trust: Trust, origin: string, chain: readonly Succession[]): LogKey[] {
  const known = trust.successions.filter((one) => one.last.origin === origin);
  return joinedKeys(trust.keys, chainOf([...chain, ...known]));
}

async function* list(known: Package): ReturnType<Check> {
  const { tree, listed } = known;
  for (const algorithm of ALGORITHMS) {
    const [manifest, tags] = [manifestOf(algorithm), tagManifestOf(algorithm)];
    const [payloadText, besideText] = [await read(tree, manifest), await read(tree, tags)];
    const payload = within(manifest, () => readManifest(payloadText, algorithm));
    const beside = within(tags, () => readManifest(besideText, algorithm));
    const isAstray = [...payload.keys()].some((name) => !name.startsWith(PAYLOAD));
    if (isAstray || [...beside.keys()].some((name) => name.startsWith(PAYLOAD))) {
      throw new Fault('list.astray', {}, manifest);
    }
    listed[algorithm] = new Map([...payload, ...beside]);
  }
  const around = new Set([...ALGORITHMS.map(tagManifestOf), SEAL]);
  const there = new Set([...tree.sizes.keys()].filter((name) => !around.has(name)));
  for (const algorithm of ALGORITHMS) {
    const names = new Set(listed[algorithm].keys());
    for (const name of [...names].filter((one) => !there.has(one)).toSorted(byCodePoints)) {
      yield new Fault('list.missing', { name }, name);
    }
    for (const name of [...there].filter((one) => !names.has(one)).toSorted(byCodePoints)) {
      yield new Fault('list.added', { name }, name);
    }
  }
  yield said('list.passed', { count: there.size });
}

async function* bytes({ tree, listed }: Package, told: Progress): ReturnType<Check> {
  let count = 0;
  for (const name of [...listed.sha256.keys()].toSorted(byCodePoints)) {
    let found: Record<Algorithm, string>;
    const size = tree.sizes.get(name) ?? 0;
    try {
      found = await digestsOfStream(tree.open(name), size, told);
    } catch {
      yield new Fault('unreadable', { name }, name);
      continue;
    }
    count += size;
    const algorithm = ALGORITHMS.find((one) => found[one] !== listed[one].get(name));
    if (!algorithm) continue;
    const wanted = listed[algorithm].get(name) ?? '';
    yield new Fault('bytes.other', { name, algorithm, wanted, found: found[algorithm] }, name);
  }
  yield said('bytes.passed', { count });
}

async function* events(known: Package): ReturnType<Check> {
  const whole = await read(known.tree, EVENTS);
  known.events = readEvents(whole, known.seal);
  const [first, last] = [known.events[0]?.event.at ?? '', known.events.at(-1)?.event.at ?? ''];
  yield said(isOfRecord(known.seal) ? 'events.record' : 'events.passed', { count: known.events.length, first, last });
}

async function* ledger({ tree, keys, signer, claimedKeys, events: linked }: Package): ReturnType<Check> {
  const whole = await read(tree, CHECKPOINT);
  let opened: ReturnType<typeof openCheckpoint>;
  let isTrusted = true;
  try {
    opened = openCheckpoint(whole, keys);
  } catch (wrong) {
    // Who trusts the seal's key need not hear what the package says of keys.
    if (signer) throw wrong instanceof Fault ? wrong.of(CHECKPOINT) : wrong;
    isTrusted = false;
    opened = within(CHECKPOINT, () => openCheckpoint(whole, claimedKeys));
  }
  if (isTrusted && !(signer && isSame(opened.key, signer))) throw new Fault('ledger.otherKey', {}, CHECKPOINT);
  for (const { digest, event } of linked) {
    const name = `${PROOFS}${event.id}.tlog-proof`;
    const proofText = await read(tree, name);
    within(name, () => {
      const proof = parseProof(proofText);
      if (!areEqual(proof.checkpoint, whole)) throw new Fault('proof.other');
      checkProof(proof, digest, opened);
    });
  }
  const values = { origin: opened.origin, size: `${opened.size}`, root: hexRoot(opened) };
  if (!isTrusted) throw new Unknown('ledger.claimed', values, true);
  yield said('ledger.passed', values);
}

function hexRoot(opened: Checkpoint): string {
  return Array.from(opened.root, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function* files({ tree, listed, events: linked }: Package): ReturnType<Check> {
  const named = new Set(linked.flatMap((one) => one.event.objects));
  const held = heldFiles(await read(tree, FILES));
  const present = new Set<string>();
  for (const { path: name, sha256: digest } of held) {
    if (name === null) continue;
    present.add(name);
    if (listed.sha256.get(name) !== digest) yield new Fault('files.other', { name, digest }, name);
    else if (!named.has(`sha256:${digest}`)) yield new Fault('files.unnamed', { digest }, name);
  }
  for (const name of [...tree.sizes.keys()].toSorted(byCodePoints)) {
    if (FOLDERS.some((folder) => name.startsWith(folder)) && !present.has(name)) {
      yield new Fault('files.foreign', { name }, name);
    }
  }
  yield said('files.passed', { count: present.size, withheld: held.filter((one) => one.path === null).length });
}

function heldFiles(whole: Uint8Array): { path: string | null; sha256: string }[] {
  const none = new Fault('files.noList', { name: FILES }, FILES);
  let document: unknown;
  try {
    document = JSON.parse(textOf(whole, 'formless'));
  } catch {
    throw new Fault('noDocument', { name: FILES }, FILES);
  }
  const listed: unknown = (document as { files?: unknown } | null)?.files;
  if (Array.isArray(document) || !Array.isArray(listed)) throw none;
  return listed.map((one: unknown) => {
    const { path, sha256 } = (one ?? {}) as { path?: unknown; sha256?: unknown };
    if ((path !== null && typeof path !== 'string') || typeof sha256 !== 'string') throw none;
    return { path, sha256 };
  });
}

async function seen({ tree }: Package): Promise<Seen[]> {
  const newest = parseCheckpoint(parseNote(await read(tree, CHECKPOINT)).text);
  return seenBy([...tree.sizes.keys()], (name) => read(tree, name), newest);
}

// oxlint-disable-next-line require-yield
async function* time(known: Package): ReturnType<Check> {
  const count = (await seen(known)).reduce((sum, one) => sum + one.tokens.length, 0);
  // Authorities sign with certificates of many kinds, which a browser gives no script to check.
  if (count > 0) throw new Unknown('time.elsewhere', { count }, true);
  throw new Unknown('time.none', {}, false);
}

async function* witnesses(known: Package): ReturnType<Check> {
  const { tree, trust } = known;
  const others = await seen(known);
  if (trust.witnesses.length === 0) throw new Unknown('witnesses.nobody', {}, false);
  const times = new Map<string, string>();
  for (const whole of [...others.map((one) => one.whole), await read(tree, CHECKPOINT)]) {
    for (const [name, at] of cosignedTimes(whole, trust.witnesses)) times.set(name, at);
  }
  if (times.size === 0) throw new Unknown('witnesses.none', {}, false);
  const told = [...times].toSorted(([one], [other]) => byCodePoints(one, other)).map(([name, at]) => `${name} (${at})`);
  yield said('witnesses.passed', { told: told.join(', ') });
}

const CHECKS: readonly (readonly [string, readonly number[], Check])[] = [
  ['form', [], form],
  ['seal', [1], seal],
  ['list', [1], list],
  ['bytes', [3], bytes],
  ['events', [4], events],
  ['ledger', [2, 5], ledger],
  ['files', [4, 5], files],
  ['time', [6], time],
  ['witnesses', [6], witnesses],
];
