/* Round trips, and how much of one is waiting (decision 0380): the least of the last ones, beyond the least of a while. A way may become another in the middle of a call, and
   longer: where next to nothing of ours goes, what a round trip takes is the way's own, and counts anew. Pure. */
import type { Step } from './encodings';

export interface Trips { seen: readonly { at: number; ms: number }[]; /** Since when next to nothing goes. */ quiet: number | null }
export const noTrips: Trips = { seen: [], quiet: null };

const while_ms = 120_000;
const quiet_ms = 8000;
const last = 2; /* one picture before a report makes it late by itself */

export function tripped(at: Trips, ms: number | null, step: Step, now: number): Trips {
  const quiet = step === 0 ? at.quiet ?? now : null;
  const from = now - (quiet !== null && now - quiet >= quiet_ms ? quiet_ms : while_ms);
  return { quiet, seen: [...at.seen, ...(ms === null ? [] : [{ at: now, ms }])].filter((t) => t.at >= from) };
}

const least = (list: Trips['seen']): number => Math.min(...list.map((t) => t.ms));
/** What waits on the way, in ms. */
export const waits = (at: Trips): number => (at.seen.length < last ? 0 : Math.round(least(at.seen.slice(-last)) - least(at.seen)));
