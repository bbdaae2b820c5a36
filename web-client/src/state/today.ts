/* In which order the clinic sees to what waits. Pure. */
import type { SickCall } from '../wire/sick';

export const levels = ['emergency', 'urgent', 'soon', 'routine'] as const;
export type Level = (typeof levels)[number];

/** How much of its time a call has used; over 1: it is late. null: no clock runs. */
export function usedOf(c: Pick<SickCall, 'clock' | 'due' | 'clock_from'>, now: number): number | null {
  if (c.clock === '' || c.due === null || c.clock_from === null) return null;
  return (now - c.clock_from) / Math.max(1, c.due - c.clock_from);
}

/** What cannot wait: late, an emergency, or for today. */
export const comesFirst = (c: SickCall, now: number): boolean => c.clock !== '' && (c.triage === 'emergency' || c.triage === 'urgent' || (usedOf(c, now) ?? 0) >= 1);

const isDone = (c: SickCall): boolean => ['seen', 'answered', 'duplicate'].includes(c.state);
const rank = (c: SickCall): number => { const at = (levels as readonly string[]).indexOf(c.triage); return at === -1 ? 2 : at; };

/** The most urgent first; of one class what is due first; what nobody has triaged among those to be seen soon; what only waits to be closed last. */
export const byUrgency = (a: SickCall, b: SickCall): number => Number(isDone(a)) - Number(isDone(b)) || rank(a) - rank(b) || (a.due ?? Infinity) - (b.due ?? Infinity) || (a.received ?? 0) - (b.received ?? 0);
