import { citationOf } from '@/shared/desk/citations';
import type { Assertion } from '@/shared/desk/contract';
import { angleBetween, bearingDeg } from '@/shared/lib/geo';

import { bodyOf, draftOf, EMPTY, missingOf, type PlaceDraft, statedPlace } from './draft';
import { boundsOf, DRAFT, HANDLE, landmarkId, landmarkIndex, sceneOf } from './drawn';

const FILE = `sha256:${'a'.repeat(64)}`;
const TOWER = citationOf(FILE, 't=4.4,4.44&xywh=percent:10,20,30,12');
const ROAD = citationOf(FILE, 't=9&xywh=percent:1,2,3,4');
const FULL: PlaceDraft = {
  ...EMPTY,
  lat: 48.5956,
  lon: 37.9998,
  method: 'landmark_match',
  heading_deg: 48,
  heading_err_deg: 5,
  hfov_deg: 55,
  name_as_written: ' Бахмут ',
  citations: [ROAD, TOWER],
  landmarks: [
    { at: { lat: 48.5975, lon: 38.0015 }, seen: TOWER, label: 'water tower' },
    { at: { lat: 48.5969, lon: 38.0032 }, seen: null, label: '' },
  ],
};

function stated(draft: PlaceDraft, id = 'ast_1'): Assertion {
  return {
    assertion: id,
    item: 'itm_1',
    kind: 'place',
    author: 'usr_1',
    author_name: 'Olha',
    made_at: '2024-03-06T10:00:00Z',
    superseded_by: null,
    supersedes: null,
    citations: draft.citations as unknown as Assertion['citations'],
    body: { ...bodyOf(draft), reasoning: 'r', confidence: 'low', status: 'accepted' },
  };
}

const WORDS = {
  role: (role: string) => role,
  letter: (role: string) => role.slice(0, 1),
  heading: 'heading',
  landmark: (number: number, label: string) => `${number} ${label}`,
};

describe('what is typed about a place', () => {
  it('becomes a body with nothing that was left empty', () => {
    expect(bodyOf(FULL)).toEqual({
      role: 'camera',
      lat: 48.5956,
      lon: 37.9998,
      radius_m: 100,
      method: 'landmark_match',
      heading_deg: 48,
      heading_err_deg: 5,
      hfov_deg: 55,
      name_as_written: 'Бахмут',
      landmarks: [
        { lat: 48.5975, lon: 38.0015, citation: 1, label: 'water tower' },
        { lat: 48.5969, lon: 38.0032 },
      ],
    });
    expect(bodyOf(EMPTY)).toBeNull();
  });

  it('keeps an error only with what it is the error of', () => {
    const body = bodyOf({ ...FULL, heading_deg: null, hfov_deg: null, hfov_err_deg: 2 });
    expect(Object.keys(body ?? {})).not.toContain('heading_err_deg');
    expect(Object.keys(body ?? {})).not.toContain('hfov_err_deg');
  });

  it('names the right citation of a landmark after another was taken away, and none after its own was', () => {
    expect(bodyOf({ ...FULL, citations: [TOWER] })?.['landmarks']).toMatchObject([{ citation: 0 }, {}]);
    expect(bodyOf({ ...FULL, citations: [ROAD] })?.['landmarks']).toEqual([
      { lat: 48.5975, lon: 38.0015, label: 'water tower' },
      { lat: 48.5969, lon: 38.0032 },
    ]);
  });

  it('says what it still lacks', () => {
    expect(missingOf(EMPTY)).toEqual(['point', 'method']);
    expect(missingOf(FULL)).toEqual([]);
    expect(missingOf({ ...FULL, radius_m: null })).toEqual(['radius']);
    expect(missingOf({ ...FULL, method: 'source_statement', radius_m: 10 })).toEqual(['weak']);
    expect(missingOf({ ...FULL, landmarks: [{ at: null, seen: TOWER, label: '' }] })).toEqual(['pairs']);
  });

  it('comes back from what was said', () => {
    const again = draftOf(stated(FULL));
    expect(bodyOf(again)).toEqual(bodyOf(FULL));
    expect(again.supersedes).toBe('ast_1');
    expect(again.landmarks[0]?.seen).toEqual(TOWER);
  });
});

describe('the map of the places', () => {
  const camera = statedPlace(stated(FULL));
  const subject = statedPlace(stated({ ...FULL, role: 'subject', lat: 48.6, lon: 38.01, heading_deg: null }, 'ast_2'));
  const places = [camera, subject].flatMap((place) => place ?? []);

  it('shows the camera, the subject and the line between them', () => {
    const scene = sceneOf(places, null, [], 500, WORDS);
    expect(scene.points.map(({ id }) => id)).toEqual(['ast_1', 'ast_2']);
    expect(scene.lines).toMatchObject([{ from: camera?.at, to: subject?.at }]);
    expect(scene.wedges).toMatchObject([{ headingDeg: 48, headingErrDeg: 5, fovDeg: 55 }]);
    expect(scene.movable).toEqual([]);
  });

  it('shows a revision in place of what it revises, with a handle in its direction', () => {
    const draft = draftOf(stated({ ...FULL, lat: 48.59 }));
    const scene = sceneOf(places, draft, draft.landmarks, 500, WORDS);
    expect(scene.points.map(({ id }) => id)).toEqual(['ast_2', landmarkId(0), landmarkId(1), HANDLE, DRAFT]);
    const handle = scene.points.find(({ id }) => id === HANDLE);
    const at = { lat: 48.59, lon: 37.9998 };
    expect(angleBetween(bearingDeg(at, handle?.at ?? at), 48)).toBeLessThan(0.001);
    expect(scene.movable).toContain(DRAFT);
    expect([landmarkIndex(landmarkId(3)), landmarkIndex(DRAFT)]).toEqual([3, null]);
  });

  it('looks at everything there is', () => {
    const box = boundsOf(places);
    expect(box?.west).toBeLessThan(37.9998);
    expect(box?.north).toBeGreaterThan(48.6);
    expect(boundsOf([])).toBeNull();
  });
});
