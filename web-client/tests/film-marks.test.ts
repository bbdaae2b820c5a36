import { expect, test } from 'vitest';
import { apart, placed, type Mark } from '../src/state/film-marks';

const mark = (s: number, kind: Mark['kind']): Mark => ({ at: 1000 * (500 + s), kind, words: `${kind} ${s}` });
const told = (marks: Mark[]): string[] => placed(marks, 500, 100).map((p) => `${p.mark.words} at ${p.left}`);

test('a still has its place before a drawing, a drawing before who speaks, and all stand in the order of time', () => {
  expect(told([mark(10, 'speaker'), mark(50, 'speaker'), mark(12, 'drawing'), mark(52, 'still'), mark(48, 'drawing'), mark(80, 'drawing')]))
    .toEqual(['drawing 12 at 12', 'still 52 at 52', 'drawing 80 at 80']);
});

test('no two lie so near that one covers the other, however many there are, and none lies beside the bar', () => {
  const many = Array.from({ length: 300 }, (_, i) => mark(i / 2 - 20, (['still', 'drawing', 'speaker'] as const)[i % 3]!));
  const at = placed(many, 500, 100).map((p) => p.left);
  expect(at.length).toBeGreaterThan(5);
  for (const [i, left] of at.entries()) {
    expect(left).toBeGreaterThanOrEqual(0);
    expect(left).toBeLessThanOrEqual(100);
    if (i > 0) expect(left - at[i - 1]!).toBeGreaterThanOrEqual(apart);
  }
});
