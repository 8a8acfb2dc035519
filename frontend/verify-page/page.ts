/** The verifier as one file that opens from a disk: choose a package, name keys, read nine findings. No network. */

import { archiveSelection, folderOfInput, type Selection, selectionOfDrop } from '@/shared/verify/chosen';
import { byNumber, check, type Ended } from '@/shared/verify/checking';
import { exitCode, type Finding } from '@/shared/verify/finding';
import styles from '@/shared/verify/findings.module.css';
import { splitKeys, type Trust } from '@/shared/verify/keys';

import { element, fieldOf, type Field } from './parts';
import { LANGUAGES, preferredLanguage, say } from './words';

const MOST_SHOWN = 200;

let language = preferredLanguage();
let selection: Selection | null = null;
let findings: Finding[] | null = null;
let share: number | null = null;
// Raised with every change of what is asked: an answer to an older question is thrown away.
let question = 0;

const page = element('main', {});
const keys: Field = fieldOf('textarea', 'keys');
const folder = fieldOf('input', 'folder');
const archive = fieldOf('input', 'archive');

const t = (key: string, values: Record<string, string | number> = {}): string => say(language, key, values);

function trust(): Trust | null {
  try {
    return splitKeys(keys.control.value);
  } catch {
    return null;
  }
}

/** Something else is asked now: what was found before says nothing about it. */
function ask(chosen: Selection | null): void {
  selection = chosen;
  findings = null;
  share = null;
  question += 1;
  draw();
}

async function run(): Promise<void> {
  const [asked, known] = [selection, trust()];
  if (!asked || !known) return;
  ask(asked);
  const mine = question;
  share = 0;
  draw();
  const found = await check(asked, known, (done) => {
    if (mine !== question || share === null || done - share < 0.01) return;
    share = done;
    draw();
  });
  if (mine !== question) return;
  findings = found;
  share = null;
  draw();
}

function draw(): void {
  document.documentElement.lang = language;
  document.title = t('title');
  keys.label.textContent = t('keys');
  keys.hint.textContent = t('keysHint');
  folder.label.textContent = t('folder');
  archive.label.textContent = t('archive');
  const wrong = trust() === null;
  keys.control.setAttribute('aria-invalid', `${wrong}`);
  status.textContent = share === null ? '' : t('going', { percent: Math.floor(share * 100) });
  words.textContent = t('title');
  lead.textContent = t('lead');
  drop.textContent = t('drop');
  complaint.textContent = wrong ? t('keysWrong') : '';
  const told = { name: selection?.name ?? '', size: selection?.sizeBytes ?? 0 };
  const count = selection?.count ?? null;
  chosen.textContent = selection ? t(count === null ? 'chosenArchive' : 'chosen', { ...told, count: count ?? 0 }) : '';
  button.textContent = t(findings ? 'again' : 'check');
  button.disabled = !selection || wrong || share !== null;
  result.replaceChildren(...(findings ? resultOf(findings) : []));
  scope.textContent = t('scope');
  doubt.textContent = t('doubt');
  ways.setAttribute('aria-label', t('language'));
  for (const [place, [code]] of LANGUAGES.entries()) {
    ways.children[place]?.setAttribute('aria-pressed', `${code === language}`);
  }
}

function resultOf(found: Finding[]): HTMLElement[] {
  const code = exitCode(found);
  const end = element('p', { class: `${styles['end']}`, 'data-exit': `${code}` }, t(`end.${code}`));
  const list = element('ol', { class: `${styles['checks']}`, 'aria-label': t('checks') });
  list.append(...byNumber(found).map(checkOf));
  return [end, list];
}

function checkOf(ended: Ended): HTMLElement {
  const shown = { class: `${styles['verdict']}`, 'data-verdict': ended.verdict };
  const verdict = element('span', shown, t(`verdict.${ended.verdict}`));
  const head = element('h2', {}, `${ended.number}. ${t(`name.${ended.name}`)}`);
  const sentences = ended.findings.slice(0, MOST_SHOWN).map((one) => {
    const told = { 'data-number': `${one.number}`, 'data-verdict': one.verdict, 'data-claimed': `${one.claimed}` };
    const subject: Record<string, string> = one.subject === null ? {} : { 'data-subject': one.subject };
    return element('p', { ...told, ...subject }, t(`found.${one.code}`, one.values));
  });
  const more = ended.findings.length - sentences.length;
  const item = element('li', { 'data-verdict': ended.verdict });
  item.append(head, verdict, ...sentences);
  if (more > 0) item.append(element('p', {}, t('more', { count: more })));
  return item;
}

const words = element('h1', {});
const lead = element('p', { class: 'lead' });
const drop = element('p', {});
const chosen = element('p', { class: 'chosen' });
const complaint = element('p', { role: 'alert' });
const status = element('p', { role: 'status' });
const button = element('button', { type: 'button', class: 'check' });
const result = element('section', { 'aria-live': 'polite' });
const scope = element('p', { class: 'dim' });
const doubt = element('p', { class: 'dim' });
const ways = element('div', { role: 'group', class: 'ways' });
const place = element('div', { class: 'drop' });

for (const [code, name] of LANGUAGES) {
  const way = element('button', { type: 'button', lang: code }, name);
  way.addEventListener('click', () => {
    language = code;
    draw();
  });
  ways.append(way);
}
folder.control.setAttribute('type', 'file');
folder.control.setAttribute('webkitdirectory', '');
archive.control.setAttribute('type', 'file');
archive.control.setAttribute('accept', '.zip,application/zip');
folder.control.addEventListener('change', () => ask(folderOfInput(folder.files())));
archive.control.addEventListener('change', () => {
  const [file] = archive.files();
  ask(file ? archiveSelection(file) : null);
});
keys.control.addEventListener('input', () => ask(selection));
button.addEventListener('click', () => void run());
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  if (event.dataTransfer) void selectionOfDrop(event.dataTransfer).then(ask, () => ask(null));
});

const scheme = matchMedia('(prefers-color-scheme: dark)');
const paint = (): void => {
  document.documentElement.dataset['mantineColorScheme'] = scheme.matches ? 'dark' : 'light';
};
scheme.addEventListener('change', paint);
paint();
place.append(drop, folder.whole, archive.whole, chosen);
page.append(ways, words, lead, place, keys.whole, complaint, button, status, result, scope, doubt);
document.body.replaceChildren(page);
draw();
