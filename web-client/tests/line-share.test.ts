import { expect, test } from 'vitest';
import { share } from '../src/state/line-share';

test('shares are whole percents that add up, and a moment is not the whole line', () => {
  expect(share({ good: 985, fair: 10, poor: 5, lost: 0 })).toEqual({ good: 98, fair: 1, poor: 1, lost: 0, worst: 'good' });
  expect(share({ good: 900, fair: 60, poor: 40, lost: 0 }).worst).toBe('poor');
  expect(share({ good: 500, fair: 0, poor: 0, lost: 500 }).worst).toBe('lost');
  for (let i = 0; i < 300; i++) {
    const s = share({ good: i, fair: i * 2, poor: 999 - i, lost: 17 });
    expect(s.good + s.fair + s.poor + s.lost).toBe(100);
  }
});
