/* Whole percents of a line's time by grade, that add up to 100; and the worst grade that had a share to speak of. Pure. */
import type { LineGrade } from '../wire/visits';

export interface Share extends Record<LineGrade, number> { worst: LineGrade }
const worst_first: readonly LineGrade[] = ['lost', 'poor', 'fair'];
const some = 3; /* percent */

export function share(of: Record<LineGrade, number>): Share {
  const whole = of.good + of.fair + of.poor + of.lost;
  const percent = (n: number): number => (whole === 0 ? 0 : Math.round((n * 100) / whole));
  const fair = percent(of.fair);
  const poor = percent(of.poor);
  const lost = percent(of.lost);
  const out = { good: Math.max(0, 100 - fair - poor - lost), fair, poor, lost };
  return { ...out, worst: worst_first.find((g) => out[g] >= some) ?? 'good' };
}
