/* When a picture's codec changes in the middle of a call (decision 0052). A change begins the picture anew, so each waits until what speaks for it has
   stood for a while, and waits longer after one that did not last. Pure. */
import type { Step } from './encodings';

/** A way up that carries no more than the lowest layer has nothing to layer: a face then goes as one stream of the codec that draws it with the fewest
 *  bits, and in layers again when the way has been wider for a while (or so narrow that a thumbnail goes: browsers make none of one stream below 30 kbit/s). `since`: since when what speaks against the present state has stood. */
export interface Thrift { on: boolean; since: number | null; hold_ms: number; left: number | null }
const narrow_ms = 8000;
const wide_ms = 30_000;
const wide_most_ms = 240_000;
const soon_ms = 120_000;
export const lavish: Thrift = { on: false, since: null, hold_ms: wide_ms, left: null };

export function thriftFor(at: Thrift, step: Step, now: number): Thrift {
  if ((step === 1) === at.on) return at.since === null ? at : { ...at, since: null };
  const since = at.since ?? now;
  if (now - since < (at.on ? at.hold_ms : narrow_ms)) return { ...at, since };
  if (at.on) return { ...at, on: false, since: null, left: now };
  const lasted = at.left === null || now - at.left > soon_ms;
  return { on: true, since: null, hold_ms: lasted ? wide_ms : Math.min(wide_most_ms, at.hold_ms * 2), left: null };
}

/** A picture that has not the codec it is wished in, because somebody did not decode it or nobody was there to say so, is offered anew some time after somebody
 *  has left or come. One who cannot decode it makes the next wait longer. */
export interface Regain { due: number | null; wait_ms: number; tried: number | null }
const regain_ms = 5000;
const regain_most_ms = 320_000;
const undone_ms = 300_000;
export const settled: Regain = { due: null, wait_ms: regain_ms, tried: null };

export const othersChanged = (at: Regain, now: number): Regain => ({ ...at, due: now + at.wait_ms });
export const isDue = (at: Regain, now: number): boolean => at.due !== null && now >= at.due;
export const tried = (at: Regain, now: number): Regain => ({ ...at, due: null, tried: now });
/** Somebody cannot decode what goes now. */
export const askedAway = (at: Regain, now: number): Regain => ({
  due: null, tried: null, wait_ms: at.tried !== null && now - at.tried < undone_ms ? Math.min(regain_most_ms, at.wait_ms * 2) : at.wait_ms,
});
