/* Round trips, and how much of one is waiting (decision 0380): the least of the last two, beyond the least of all. A way may become another in the middle of a call, and longer.
   Where next to nothing of ours goes and much is lost all the same, neither is our doing: what a round trip takes there is the way's own. Pure. */
import type { Step } from './encodings';

export interface Trips {
  least: number | null;
  /** The two newest. */
  last: readonly number[];
  /** Since when next to nothing goes; and once that has stood, the least and the losses (of 1000) since then. */
  quiet: { since: number; least: number; lost: readonly number[] } | null;
}
export const noTrips: Trips = { least: null, last: [], quiet: null };

const settles_ms = 6000; /* what was sent before is gone */
const quiet_ms = 16_000;
const much_loss = 100;

export function tripped(at: Trips, ms: number | null, loss: number, step: Step, now: number): Trips {
  const is = { ...at, quiet: step === 0 ? at.quiet ?? { since: now, least: Infinity, lost: [] } : null };
  if (ms !== null) {
    is.least = Math.min(at.least ?? ms, ms);
    is.last = [...at.last, ms].slice(-2);
  }
  if (is.quiet === null || now - is.quiet.since < settles_ms) return is;
  is.quiet = { ...is.quiet, least: Math.min(is.quiet.least, ms ?? Infinity), lost: [...is.quiet.lost, loss] };
  const { since, least, lost } = is.quiet;
  if (now - since < quiet_ms) return is;
  const isOurs = least === Infinity || lost.reduce((sum, x) => sum + x, 0) < much_loss * lost.length;
  return { ...is, quiet: { since: now - settles_ms, least: Infinity, lost: [] }, least: isOurs ? is.least : least };
}

/** What waits on the way, in ms: one picture before a report makes it late by itself, and is not counted. */
export const waits = (at: Trips): number => (at.least === null || at.last.length < 2 ? 0 : Math.max(0, Math.round(Math.min(...at.last) - at.least)));
