/* In which order the clinic sees to what waits. Pure. */
import type { Task } from '../wire/fhir';

/** R4 request priority as the triage classes of bookings. */
export const triageOf = (priority: string): 'emergency' | 'urgent' | 'soon' | 'routine' =>
  priority === 'stat' ? 'emergency' : priority === 'asap' ? 'urgent' : priority === 'urgent' ? 'soon' : 'routine';

const ranks = ['emergency', 'urgent', 'soon', 'routine'];
/** How long each class may wait to be seen, as the workflow has it. */
const limits: Record<string, number> = { emergency: 15 * 60_000, urgent: 8 * 3_600_000, soon: 24 * 3_600_000, routine: 48 * 3_600_000 };

export interface Waits { since: number; level: ReturnType<typeof triageOf>; used: number; limit_ms: number; isFirst: boolean }
export function waitsOf(t: Pick<Task, 'priority' | 'authoredOn'>, now: number): Waits {
  const since = t.authoredOn?.at ?? now;
  const level = triageOf(t.priority);
  const limit_ms = limits[level] ?? 1;
  const used = (now - since) / limit_ms;
  return { since, level, used, limit_ms, isFirst: level === 'emergency' || level === 'urgent' || used >= 1 };
}

/** The most urgent first, then who waits longest. */
export const byUrgency = (a: Waits, b: Waits): number => ranks.indexOf(a.level) - ranks.indexOf(b.level) || a.since - b.since;
