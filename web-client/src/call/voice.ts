/* What voice does on a way that loses packets (decision 0047): up it goes with its past beside it (RED, which browsers send where it is listed
   first), down it waits long enough for the past that a later packet brings. Pure but for what the browser is asked. */
import { isCrowded, type LinkFigures } from './encodings';

/** `calm`: looks in a row with hardly any loss. */
export interface Voice { redundant: boolean; calm: number }
export const plainVoice: Voice = { redundant: false, calm: 0 };

const much_loss = 20; /* of 1000 */
const little_loss = 10;
const calm_looks = 15;
const room_least_kbps = 72; /* voice with its past is more than a narrower way carries */
const wait_ms = 80; /* two packets of 20 ms, and how they straggle */

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

/** How long a listener's buffer should hold at least; null: as the browser thinks. */
export const holdFor = (now_ms: number | null, f: LinkFigures): number | null => (f.loss_down >= (now_ms === null ? much_loss : little_loss) ? wait_ms : null);

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
