/* What a cell's state is, how urgent a contact, and the curve by day of onset. Pure. */
import type { Contact, EpiCase, Place } from '../wire/epidemic';

export type CellState = '' | 'watch' | 'iso' | 'conf' | 'free';
const day_ms = 86_400_000;

/** The gravest of the cases of who lives there; released cases show for a week. */
export function cellState(place: Place, cases: readonly EpiCase[], now: number): { state: CellState; count: number } {
  const here = cases.filter((c) => c.patient.cell === place.name);
  const of = (test: (c: EpiCase) => boolean): number => here.filter(test).length;
  const conf = of((c) => c.state === 'confirmed');
  if (conf > 0) return { state: 'conf', count: conf };
  const iso = of((c) => c.apart);
  if (iso > 0) return { state: 'iso', count: iso };
  const watch = of((c) => c.state === 'suspected');
  if (watch > 0) return { state: 'watch', count: watch };
  const free = of((c) => c.state === 'released' && c.ended !== null && c.ended > now - 7 * day_ms);
  return free > 0 ? { state: 'free', count: free } : { state: '', count: 0 };
}

export type Urgency = 'urgent' | 'soon' | 'routine';
/** Long together is seen today; a room one after the other soon, when it was close. */
export function urgencyOf(c: Contact): Urgency {
  if (c.cell + c.escort + c.room >= 15) return 'urgent';
  return c.cell + c.escort + c.room > 0 || (c.gap ?? Infinity) <= 15 ? 'soon' : 'routine';
}
const rank: Record<Urgency, number> = { urgent: 0, soon: 1, routine: 2 };
/** Whose day went by without a look first, then who is to be seen today still; then by urgency and time together. */
export const byUrgency = (now: number) => (a: Contact, b: Contact): number =>
  Number(b.due < now) - Number(a.due < now) || Number(a.today) - Number(b.today) || rank[urgencyOf(a)] - rank[urgencyOf(b)] || b.cell + b.escort + b.room - (a.cell + a.escort + a.room);

export interface CurveDay { day: string; suspected: number; confirmed: number }
/** What was excluded is no case. `keyOf`: the site's date of an instant. */
export function curveOf(cases: readonly EpiCase[], days: readonly string[], keyOf: (at: number) => string): CurveDay[] {
  return days.map((day) => {
    const found = (c: EpiCase): string => (c.state !== 'released' ? c.state : c.was !== '' ? c.was : c.settled === null ? 'excluded' : 'confirmed');
    const on = cases.filter((c) => keyOf(c.onset) === day && found(c) !== 'excluded');
    const confirmed = on.filter((c) => found(c) === 'confirmed').length;
    return { day, confirmed, suspected: on.length - confirmed };
  });
}
