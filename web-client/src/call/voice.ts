/* What voice does on a way that loses packets (decision 0047): up it goes with its past beside it (RED, which browsers send where it is listed
   first), down it waits long enough for the past that a later packet brings, and for what was lost before it came to us and is sent once more. Pure but
   for what the browser is asked. */
import { isCrowded, type LinkFigures } from './encodings';

/** `calm`: looks in a row with hardly any loss. */
export interface Voice { redundant: boolean; calm: number }
export const plainVoice: Voice = { redundant: false, calm: 0 };

const much_loss = 20; /* of 1000 */
const little_loss = 10;
const calm_looks = 15;
const room_least_kbps = 72; /* voice with its past is more than a narrower way carries */
const wait_ms = 80; /* two packets of 20 ms, and how they straggle */
const late_ms = 200; /* somebody's voice that is asked for again on his way up (decision 0054) */
const made_up_much = 30; /* of 1000 */
const made_up_little = 5;
const late_calm_looks = 30;

export function voiceFor(now: Voice, f: LinkFigures): Voice {
  if (isCrowded(f) || (f.room_kbps !== null && f.room_kbps < room_least_kbps)) return plainVoice;
  if (f.loss_up >= much_loss) return { redundant: true, calm: 0 };
  if (!now.redundant) return plainVoice;
  const calm = f.loss_up < little_loss ? now.calm + 1 : 0;
  return calm < calm_looks ? { redundant: true, calm } : plainVoice;
}

/** An offer whose voice can be asked for again: browsers send once more what of Opus a NACK names, though none offers it of its own accord (decision 0054). */
export function askable(sdp: string): string {
  const opus = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)].map((m) => m[1]));
  const lines = sdp.split('\r\n');
  const has = new Set(lines.flatMap((l) => /^a=rtcp-fb:(\d+) nack$/.exec(l)?.[1] ?? []));
  return lines.flatMap((l) => {
    const type = /^a=rtpmap:(\d+) /.exec(l)?.[1];
    return type !== undefined && opus.has(type) && !has.has(type) ? [l, `a=rtcp-fb:${type} nack`] : [l];
  }).join('\r\n');
}

/** Bits of voice: as the browser thinks, or, where somebody's way is narrow (his own or a listener's), as many as speech needs to be clear (decision 0053). */
export const voiceBits = (isThin: boolean): number | undefined => (isThin ? 16_000 : undefined);

/** How long a listener's buffer of one voice should hold at least; ms null: as the browser thinks. `calm`: looks in a row with hardly anything made up. */
export interface Hold { ms: number | null; calm: number }
export const unheld: Hold = { ms: null, calm: 0 };

/** made_up: of 1,000 of that voice's sound, since the last look. */
export function holdFor(now: Hold, f: LinkFigures, made_up: number): Hold {
  const ms = f.loss_down >= (now.ms === null ? much_loss : little_loss) ? wait_ms : null;
  if (made_up >= made_up_much) return { ms: late_ms, calm: 0 };
  if (now.ms !== late_ms) return { ms, calm: 0 };
  const calm = made_up < made_up_little ? now.calm + 1 : 0;
  return calm < late_calm_looks ? { ms: late_ms, calm } : { ms, calm: 0 };
}

const isRed = (f: { mimeType: string }): boolean => f.mimeType.toLowerCase() === 'audio/red';

/** All formats, RED first or behind what it is made of. */
export const orderedVoice = <T extends { mimeType: string }>(all: readonly T[], redundant: boolean): T[] =>
  redundant ? [...all.filter(isRed), ...all.filter((f) => !isRed(f))] : [...all.filter((f) => !isRed(f)), ...all.filter(isRed)];

/** Wishes for a section of voice; a browser that lets nobody choose sends it plain. */
export function preferVoice(transceiver: RTCRtpTransceiver, redundant: boolean): void {
  try {
    transceiver.setCodecPreferences(orderedVoice(RTCRtpSender.getCapabilities('audio')?.codecs ?? [], redundant));
  } catch { /* an older browser */ }
}

export function hold(receiver: RTCRtpReceiver, ms: number | null): void {
  if ('jitterBufferTarget' in receiver) (receiver as { jitterBufferTarget: number | null }).jitterBufferTarget = ms;
}
