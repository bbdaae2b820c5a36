/* What is sent of a source, and how it follows the link. A face may lose pixels; a clinical source and a screen never do: they lose pictures a
   second (media: T6). Pure. */
import type { Label } from '../wire/call';

export interface Encoding {
  rid?: string;
  active: boolean;
  maxBitrate: number;
  maxFramerate?: number;
  /** Layers of time: a viewer on a weak line gets fewer pictures a second of the same size (decision 0040). */
  scalabilityMode?: string;
  scaleResolutionDownBy: number;
}

/** Sources whose every pixel counts. */
export const isDetail = (label: Label): boolean => label === 'screen' || label === 'exam' || label === 'imaging';

/** 3: all that the camera gives; 2 and 1: less; 0: sound, and of faces a thumbnail. */
export type Step = 0 | 1 | 2 | 3;

const least_height = 180; /* of the lowest layer: over a bad way its key frames must fit as well (decision 0373) */

/** Layers by the height of the picture: a small picture is not cut into smaller ones. */
export function encodingsFor(label: Label, height: number): Encoding[] {
  if (isDetail(label)) return [{ active: true, maxBitrate: 2_500_000, maxFramerate: label === 'screen' ? 15 : 30, scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' }];
  if (height >= 500) {
    const is_high = height >= 700;
    return [
      { rid: 'q', active: true, maxBitrate: 150_000, scaleResolutionDownBy: height / least_height, scalabilityMode: 'L1T3' },
      { rid: 'h', active: true, maxBitrate: 500_000, scaleResolutionDownBy: is_high ? 2 : 1.5, scalabilityMode: 'L1T3' },
      { rid: 'f', active: true, maxBitrate: is_high ? 1_700_000 : 900_000, scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ];
  }
  if (height >= 320) {
    return [
      { rid: 'h', active: true, maxBitrate: 180_000, scaleResolutionDownBy: height / least_height, scalabilityMode: 'L1T3' },
      { rid: 'f', active: true, maxBitrate: 700_000, scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' },
    ];
  }
  return [{ active: true, maxBitrate: 300_000, scaleResolutionDownBy: 1, scalabilityMode: 'L1T3' }];
}

/** Layers in size are VP8's and H.264's; what goes in VP9 or AV1 is one stream (decision 0052). */
export const isLayered = (codec: string): boolean => codec !== 'VP9' && codec !== 'AV1';
const whole_part = 0.75; /* of VP8's bits, for a picture as good */

/* A picture for a way of 64 kbit/s (decision 0053). Its layers of time are one, two and four pictures a second. */
const thumb = { height: 90, maxBitrate: 20_000, maxFramerate: 4 } as const;

const lowered_bps = 70_000; /* of the lowest layer, so that what is asked for again finds room beside it (decision 0378) */
const usual_fps = 30; /* to be said of the others then: a browser takes pictures no faster than the fastest layer of which it is said */

/** The lowest layer of a face is a thumbnail, the others stay: for somebody whose way carries no more. What must be seen whole is sent as it was. */
export function thinned(label: Label, all: readonly Encoding[], height: number): Encoding[] {
  if (isDetail(label)) return [...all];
  return all.map((e, i) => (i > 0 ? { ...e, maxFramerate: e.maxFramerate ?? usual_fps } : { ...e, maxBitrate: Math.min(e.maxBitrate, thumb.maxBitrate), maxFramerate: thumb.maxFramerate, scaleResolutionDownBy: Math.max(e.scaleResolutionDownBy, height / thumb.height) }));
}

export const resting = (full: readonly Encoding[]): Encoding[] => full.map((e) => ({ ...e, active: false }));

/** The same encodings as they are at a step of the ladder, of a picture of that height. Of layers a browser lets rest by itself what the way does not carry, and without beginning the picture anew,
 *  which it does whenever it is told what to send: they stay (decision 0374). One stream has the size of the largest layer that the step would have. */
export function atStep(label: Label, full: readonly Encoding[], height: number, step: Step, layered = true): Encoding[] {
  if (step === 0) return isDetail(label) ? resting(full) : thinned(label, full.map((e, i) => ({ ...e, active: i === 0 })), height);
  if (isDetail(label)) {
    const fps = ({ 1: 3, 2: 8, 3: 30 } as const)[step];
    const rate = ({ 1: 250_000, 2: 800_000, 3: 2_500_000 } as const)[step];
    return full.map((e) => ({ ...e, maxFramerate: Math.min(e.maxFramerate ?? 30, fps), maxBitrate: Math.min(e.maxBitrate, rate) }));
  }
  if (full.length === 1) {
    const less = ({ 1: 2, 2: 1.5, 3: 1 } as const)[step];
    return full.map((e) => ({ ...e, scaleResolutionDownBy: layered ? less : 1, maxBitrate: e.maxBitrate / less }));
  }
  if (layered) return full.map((e, i) => (step === 3 || i > 0 ? e : { ...e, maxBitrate: Math.min(e.maxBitrate, lowered_bps) }));
  const layers = Math.max(1, full.length - (3 - step));
  const top = full[layers - 1]!;
  const rate = layers === 1 ? top.maxBitrate : top.maxBitrate * whole_part;
  return full.map((e, i) => (i === 0 ? { ...e, scaleResolutionDownBy: top.scaleResolutionDownBy, maxBitrate: rate } : { ...e, active: false }));
}

/** What a browser may give up of a picture of that height when bits or the processor are short: a face its size, as long as more than the lowest layer goes. */
export const degradation = (label: Label, wanted: readonly Encoding[], height: number): RTCDegradationPreference =>
  (!isDetail(label) && wanted.some((e) => e.active && height / e.scaleResolutionDownBy > least_height + 1) ? 'balanced' : 'maintain-resolution');

/** Layers that nobody watches rest; the lowest goes always. */
export const watched = (all: readonly Encoding[], layers: number): Encoding[] => all.map((e, i) => (i === 0 || i < layers ? e : { ...e, active: false }));

export interface LinkFigures {
  rtt_ms: number | null;
  /** How much longer the round trip is than it was at its shortest: what waits in a queue on the way. */
  queue_ms: number;
  loss_up: number;   /* of 1,000 */
  loss_down: number;
  kbps_up: number;
  kbps_down: number;
  /** What the browser believes the way up carries; null when it does not say. */
  room_kbps: number | null;
  /** An encoder of ours sends less than it may because the link does not carry more. */
  limited: boolean;
}

export interface Ladder { step: Step; since: number; bad: number; good: number | null; hold_ms: number; climbed: boolean }
const settle_ms = 12_000;
const hold_ms = 6000;
/** A browser's estimate begins low and grows with what is sent: the first seconds say nothing. */
export const ladderStart = (now: number): Ladder => ({ step: 3, since: now, bad: 0, good: null, hold_ms, climbed: false });

/** What is lost is lost because too much is sent: it waits, too. Loss alone may be the air's. */
export const isCrowded = (f: LinkFigures): boolean => f.queue_ms > 120 && f.loss_up > 50;

/** The highest step that these figures bear. A small estimate alone is no reason: it never grows far beyond what is sent. */
export function stepFor(f: LinkFigures): Step {
  if (f.room_kbps !== null && f.limited) {
    if (f.room_kbps < 70) return 0;
    if (f.room_kbps < 180) return 1;
    if (f.room_kbps < 450) return 2;
  }
  if (isCrowded(f)) return f.kbps_up < 200 ? 0 : f.kbps_up < 500 ? 1 : 2;
  if (f.loss_up > 250) return 1;
  if (f.loss_up > 120) return 2;
  return 3;
}

/** Down when two looks in a row say so, up one step after a quiet while. A try that fails makes the next wait twice as long. Without pictures nothing
 *  is measured: then a quiet while alone is the reason to try. */
export function climb(at: Ladder, f: LinkFigures, now: number): Ladder {
  const bears = at.step === 0 && f.loss_up < 50 && f.loss_down < 80 && (f.rtt_ms ?? 0) < 600 ? 1 : stepFor(f);
  if (bears < at.step) {
    if (now - at.since < settle_ms && at.step === 3 && !at.climbed) return at;
    if (at.bad === 0) return { ...at, bad: 1, good: null };
    const failed = at.climbed && now - at.since < 2 * settle_ms;
    return { step: bears, since: now, bad: 0, good: null, hold_ms: failed ? Math.min(60_000, at.hold_ms * 2) : at.hold_ms, climbed: false };
  }
  if (bears === at.step) return { ...at, bad: 0, good: null, hold_ms: now - at.since > 30_000 ? hold_ms : at.hold_ms };
  const good = at.good ?? now;
  /* A thumbnail shows little of a way: where even that little is not seen, a try is seldom, as the voice pays for it. */
  const hold = at.step === 0 && f.room_kbps !== null && f.room_kbps < 90 ? Math.max(at.hold_ms, 60_000) : at.hold_ms;
  if (now - good < hold) return { ...at, bad: 0, good };
  return { step: (at.step + 1) as Step, since: now, bad: 0, good: null, hold_ms: at.hold_ms, climbed: true };
}
