import { bodyOf, EMPTY_DRAFT } from './content-draft';

describe('a description', () => {
  it('says nothing while its summary is empty', () => {
    expect(bodyOf({ ...EMPTY_DRAFT, summary: '  ', tags: ['fence'] })).toBeNull();
  });

  it('leaves out what was not said, and says each tag once', () => {
    expect(bodyOf({ ...EMPTY_DRAFT, summary: ' A plea. ' })).toEqual({ summary: 'A plea.' });
    expect(bodyOf({ ...EMPTY_DRAFT, summary: 'A plea.', language: 'ru ', tags: ['snow', ' snow', ''] })).toEqual({
      summary: 'A plea.',
      language: 'ru',
      tags: ['snow'],
    });
  });
});
