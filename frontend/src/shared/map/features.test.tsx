import { drawingOf, hueOf, pointsOf } from './features';
import { pathOf } from './flat-map';
import { nearestLon, roundLength } from './furniture';

const AT = { lat: 48.6, lon: 37.9 };

describe('what is drawn on a map', () => {
  it('draws a view as its field, its error around it, and its middle', () => {
    const { features } = drawingOf({
      wedges: [{ id: 'w', at: AT, headingDeg: 48, headingErrDeg: 5, fovDeg: 55, reachM: 500, hue: 'good' }],
    });
    expect(features.map(({ properties }) => [properties?.['part'], properties?.['hue']])).toEqual([
      ['error', 'good'],
      ['area', 'good'],
      ['line', 'good'],
    ]);
  });

  it('draws a heading alone as a line', () => {
    const { features } = drawingOf({ wedges: [{ id: 'w', at: AT, headingDeg: 48, reachM: 500 }] });
    expect(features.map(({ geometry }) => geometry.type)).toEqual(['LineString']);
  });

  it('draws lines the short way round the Earth', () => {
    const [line] = drawingOf({ lines: [{ id: 'l', from: { lat: 0, lon: 179 }, to: { lat: 0, lon: -179 } }] }).features;
    expect(line?.geometry).toMatchObject({
      coordinates: [
        [179, 0],
        [181, 0],
      ],
    });
  });

  it('keeps each point with its id and its words', () => {
    const [point] = pointsOf([{ id: 'rec_1', at: AT, label: 'A record' }]).features;
    expect(point).toMatchObject({
      properties: { id: 'rec_1', label: 'A record', hue: 'accent' },
      geometry: { coordinates: [37.9, 48.6] },
    });
  });

  it('gives neighbours different hues', () => {
    expect(hueOf(1)).not.toBe(hueOf(2));
    expect(hueOf(1)).toBe(hueOf(6));
  });

  it('turns areas into paths with north upwards', () => {
    const ring = [
      [0, 0],
      [10, 0],
      [10, 5],
      [0, 0],
    ];
    expect(pathOf({ type: 'Polygon', coordinates: [ring] })).toBe('M0 0L10 0L10 -5L0 0Z');
  });

  it('measures with round lengths, and finds the nearest copy of a point', () => {
    expect([999, 1000, 1999, 2000, 4999, 5000, 0.7].map(roundLength)).toEqual([500, 1000, 1000, 2000, 2000, 5000, 0.5]);
    expect(nearestLon({ lat: 0, lon: -179 }, 178)).toBe(181);
  });
});
