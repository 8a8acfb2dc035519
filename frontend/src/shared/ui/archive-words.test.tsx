import { render, renderHook, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';

import { Problem, Unreached } from '@/api/errors';
import { allWords, type Language, speak, startWords } from '@/i18n';

import { useCauses, useFailureWords } from './archive-words';
import { Cause } from './cause';
import { FailureMessage } from './states';

const REMOVED = 'The site says that there is no such post or file.';
const NO_COLUMN = "There is no column 'ulr'. Did you mean url?";

beforeAll(async () => {
  await startWords('en');
  await allWords();
});
afterEach(() => speak('en'));

const failed = (code: string, detail: string, status = 409) =>
  new Problem(status, { code, title: 'Conflict', detail }, null);
const wordsOf = (error: unknown) => renderHook(() => useFailureWords(error)).result.current;
const causeOf = (code: string | null, sentence: string) => renderHook(() => useCauses()).result.current(code, sentence);

it('a cause reads as the archive wrote it in its own language', () => {
  expect(causeOf('removed', 'It answers 404.')).toEqual({ text: 'It answers 404.' });
  expect(causeOf('removed', '').text).toBe(REMOVED);
});

it.each<[Language, RegExp]>([
  ['uk', /^Сайт каже, що/],
  ['ru', /^Сайт сообщает, что/],
])(
  'a cause has its words by its code, and what was written folds out in its own language: %s',
  async (language, words) => {
    await speak(language);
    render(<Cause code="removed" sentence="It answers 404." />);
    expect(screen.getByText(words)).not.toHaveAttribute('lang');
    const written = screen.getByText('It answers 404.');
    expect(written).toHaveAttribute('lang', 'en');
    expect(written).not.toBeVisible();
    await userEvent.click(screen.getByText(language === 'uk' ? 'Як це записав архів' : 'Как это записал архив'));
    expect(written).toBeVisible();
  },
);

it('a code nobody has words for leaves the sentence as it is, and says which language it is in', async () => {
  await speak('uk');
  expect(causeOf('brand_new', 'Never seen before.')).toEqual({ text: 'Never seen before.', lang: 'en' });
  expect(causeOf(null, 'Never seen before.')).toEqual({ text: 'Never seen before.', lang: 'en' });
});

it('a refusal is told by its code; the sentence is kept where the code says too little by itself', async () => {
  await speak('uk');
  const plain = wordsOf(failed('last_admin', 'Somebody must stay who manages people.'));
  expect(plain.line).toBe('Хтось мусить і далі керувати людьми. Спершу дайте роль адміністратора комусь іншому.');
  expect(plain.detail.written).toBeUndefined();
  const broken = wordsOf(failed('unavailable', 'The key that seals packages cannot be opened.', 503));
  expect(broken.detail.written).toBe('The key that seals packages cannot be opened.');
  const vague = wordsOf(failed('invalid_value', NO_COLUMN, 422));
  expect(vague.detail).toEqual({ text: NO_COLUMN, lang: 'en' });
  expect(wordsOf(failed('sealed', 'What is sealed stays sealed.')).line).toBe('Запечатане лишається запечатаним');
});

it('no status in English stands for a title: an unknown code is a refusal, or a failure of the archive', async () => {
  expect(wordsOf(failed('brand_new', 'Why.')).title).toBe('The archive did not take this');
  expect(wordsOf(failed('brand_new', 'Why.', 500)).title).toBe('The archive could not do this');
  await speak('ru');
  expect(wordsOf(failed('brand_new', 'Why.')).line).toBe('Архив этого не принял. Why.');
  expect(wordsOf(new Unreached(null)).title).toBe('Сервер не отвечает');
});

const REFUSED = new Problem(
  422,
  {
    code: 'invalid_value',
    detail: 'Some fields do not have the form they must have.',
    errors: [
      { field: 'body.reasoning', code: 'too_long', values: { most: 10_000 }, sentence: 'String is too long.' },
      {
        field: 'unit.body.basis.0.enum',
        code: 'listed_twice',
        values: {},
        sentence: 'The list names something twice.',
      },
      { field: 'unit.body.basis.0.str', code: 'listed_twice', values: {}, sentence: 'The list names something twice.' },
      { field: 'colour', code: 'brand_new', values: {}, sentence: 'No colour is taken.' },
      { field: 'old', sentence: 'An archive of before.' },
    ],
  },
  null,
);

it('what is wrong with a field is told by its code, under the name that the reader knows it by', async () => {
  await speak('uk');
  render(<FailureMessage error={REFUSED} />);
  expect(screen.getAllByRole('listitem').map((line) => line.textContent)).toEqual([
    'Обґрунтування: Задовго: символів щонайбільше 10\u{a0}000.',
    'Підстава: Щось у переліку назване двічі.',
    'No colour is taken.',
    'An archive of before.',
  ]);
  expect(screen.getByText('No colour is taken.')).toHaveAttribute('lang', 'en');
  expect(screen.queryByText(/^Some fields/)).toBeNull();
  expect(wordsOf(REFUSED).line).toMatch(/^Щось тут не має потрібного вигляду. Обґрунтування: Задовго/);
  expect(wordsOf(REFUSED).fields.map(({ field }) => field)).toEqual(['reasoning', 'basis', 'colour', 'old']);
});

it('what is wrong with a field reads as the archive wrote it in its own language', () => {
  expect(wordsOf(REFUSED).fields[0]?.said).toEqual({ text: 'String is too long.' });
});

it('which of the things that share a code it is, is told in the reader’s words too', async () => {
  const detail = 'This address is longer than 2,048 bytes. Please submit the short address of the post.';
  const told = { code: 'invalid_url', detail, reason: 'url_too_long', values: { most: 2048 } };
  const refused = (reason: string) => new Problem(422, { ...told, reason }, null);
  expect(wordsOf(refused('url_too_long')).detail).toEqual({ text: detail });
  await speak('uk');
  expect(wordsOf(refused('url_too_long')).line).toBe(
    'Це не адреса, з якої ми можемо щось отримати. Адреса довша за 2048 байтів. Подайте коротку адресу допису.',
  );
  expect(wordsOf(refused('url_brand_new')).detail).toEqual({ text: detail, lang: 'en' });
});

it('how long to wait is said in the reader’s words', async () => {
  await speak('uk');
  const wait = new Problem(429, { code: 'too_many_attempts', detail: 'The next one is heard in 40 s.' }, 40);
  expect(wordsOf(wait).line).toBe('Забагато спроб. Спробуйте знову через 40 секунд.');
});

it('a failure is an alert that is seen as one', () => {
  render(
    <FailureMessage error={failed('wrong_credentials', 'Nobody here has this address and this password.', 401)} />,
  );
  const alert = screen.getByRole('alert');
  expect(alert).toHaveTextContent('The address or the password is wrong');
  expect(alert).toHaveAttribute('data-tone', 'bad');
});
