/* The least that a browser believes its way up to carry (decision 0378). Where the air takes packets a browser takes it for too much sent; it then sends so slowly that pictures wait in it for three
   seconds. Where much is lost and nothing waits on the way it is told to believe in more, until something waits there or more is lost than before. Pure. */
import { isCrowded, type LinkFigures } from './encodings';

/** `looks` in a row that speak for a change: for the floor; once it is given, above zero that it was wrong, below zero that it is not needed any more. `loss`: what was lost when it was told. `rest`: until when it is not tried, after a try that crowded the way. */
export interface Least { kbps: number | null; looks: number; loss: number; rest: number; rest_ms: number }
const rest_ms = 60_000;
const rest_most_ms = 960_000;
export const noLeast: Least = { kbps: null, looks: 0, loss: 0, rest: 0, rest_ms };

const least_kbps = 240; /* voice with its past, the lowest layer of a face, and what goes of both once more */
const enough_kbps = 300; /* who believes in so much is left to it */
const much_loss = 200; /* of 1000 */
const little_loss = 120;
const more_loss = 200;
const waits_ms = 100; /* a round trip is told as up to 60 ms shorter where much is lost (decision 0377) */
const looks_for = 2;
const looks_calm = 3;

export function leastFor(at: Least, f: LinkFigures, now: number): Least {
  if (at.kbps !== null) {
    const isWrong = isCrowded(f) || f.loss_up > at.loss + more_loss;
    const looks = isWrong ? Math.max(0, at.looks) + 1 : f.loss_up < little_loss ? Math.min(0, at.looks) - 1 : 0;
    if (looks >= looks_for) return { ...noLeast, rest: now + at.rest_ms, rest_ms: Math.min(rest_most_ms, at.rest_ms * 2) };
    return looks > -looks_calm ? { ...at, looks } : { ...at, kbps: null, looks: 0 };
  }
  const isAirs = f.loss_up >= much_loss && f.queue_ms < waits_ms && f.room_kbps !== null && f.room_kbps < enough_kbps;
  const looks = isAirs ? at.looks + 1 : 0;
  return looks < looks_for || now < at.rest ? { ...at, looks } : { ...at, kbps: least_kbps, looks: 0, loss: f.loss_up };
}

/** An answer that tells a browser of Chromium's kind so; others do not know the word. */
export function withLeast(sdp: string, kbps: number | null): string {
  if (kbps === null) return sdp;
  const word = `x-google-min-bitrate=${kbps}`;
  const types = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)\/90000/gim)].map((m) => m[1]));
  const named = new Set([...sdp.matchAll(/^a=fmtp:(\d+) /gm)].map((m) => m[1]));
  return sdp.split('\r\n').flatMap((l) => {
    const [, of, type] = /^a=(rtpmap|fmtp):(\d+) /.exec(l) ?? [];
    if (type === undefined || !types.has(type)) return [l];
    if (of === 'fmtp') return [`${l};${word}`];
    return named.has(type) ? [l] : [l, `a=fmtp:${type} ${word}`];
  }).join('\r\n');
}
