import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const LANGUAGES = ['en', 'uk', 'ru'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', uk: 'Українська', ru: 'Русский' };

type Words = Record<string, unknown>;
const catalogues = import.meta.glob<Words>('./{en,uk,ru}/*.json', { import: 'default' });

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.some((language) => language === text);
}

/** The reader's choice, else the first of the browser's languages that we speak, else English. */
export function preferredLanguage(): Language {
  const kept = localStorage.getItem('language');
  if (isLanguage(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

// What somebody reads before they begin to work; the rest comes with the pages that need it.
const FIRST = new Set(['app', 'failure', 'account', 'submit', 'receipt', 'queue', 'audience']);
// Why exactly something was refused: it comes right after them, and till then the archive's own sentence stands.
const SOON = 'wrong';
let extent: 'first' | 'all' = 'first';

/** Loads a language's words as far as they are needed by now, and speaks it from now on. */
export async function speak(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem('language', language);
  void load(language, (namespace) => namespace === SOON);
}

/** Loads the words of the working pages too, in the language that is spoken. */
export async function allWords(): Promise<void> {
  extent = 'all';
  if (isLanguage(i18next.language)) await load(i18next.language);
}

const wantedNow = (namespace: string) => extent === 'all' || FIRST.has(namespace);

async function load(language: Language, isWanted = wantedNow): Promise<void> {
  await Promise.all(
    Object.entries(catalogues).map(async ([path, fetchWords]) => {
      const namespace = path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
      const wanted = path.startsWith(`./${language}/`) && isWanted(namespace);
      if (wanted && !i18next.hasResourceBundle(language, namespace)) {
        i18next.addResourceBundle(language, namespace, await fetchWords());
      }
    }),
  );
}

/** Starts with the preferred language; the first pages' words are there when it settles. */
export async function startWords(language: Language = preferredLanguage()): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    ns: ['app'],
    defaultNS: 'app',
    resources: {},
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await speak(language);
}
