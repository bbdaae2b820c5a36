/* Which codec a picture of ours is wished in (decisions 0051, 0052). The order of the formats in an offer is the wish; the worker takes the first that
   everybody decodes who is there to watch (decision 0042). Pure but for what the browser is asked. */
import type { Label } from '../wire/call';
import { isDetail } from './encodings';

export const codecs = ['VP8', 'VP9', 'H264', 'AV1'] as const;
export type Codec = (typeof codecs)[number];

/** What this browser encodes, and what of it in hardware; `tired`: its processor did not keep up with VP9. */
export interface Means { sends: ReadonlySet<Codec>; light: ReadonlySet<Codec>; tired: boolean }

/** null: of something that is no codec of pictures, as retransmission. */
export const codecOf = (mime: string): Codec | null => codecs.find((c) => mime.toUpperCase() === `VIDEO/${c}`) ?? null;

/** Faces: VP8, whose layers every browser sends; H.264 where hardware does that and not VP8, which spares a phone; VP9 before both where the way is `narrow`. What must be
 *  seen whole: VP9, which draws letters and edges with fewer bits and drops pictures a second alone, in layers of time; AV1 only where hardware does it. */
export function wishFor(label: Label, means: Means, narrow = false): Codec[] {
  const thrifty: Codec[] = means.tired ? [] : ['VP9'];
  const layered: Codec[] = means.light.has('H264') && !means.light.has('VP8') ? ['H264', 'VP8'] : ['VP8', 'H264'];
  const wish: Codec[] = isDetail(label) ? [...(means.light.has('AV1') ? ['AV1' as const] : []), ...thrifty, 'VP8', 'H264'] : [...(narrow ? thrifty : []), ...layered];
  return wish.filter((c) => means.sends.has(c));
}

/** A source's codec stays what it is while it may, so that no picture is begun anew because somebody came or went. */
export const keeping = (wish: readonly Codec[], has: string): Codec[] => {
  const now = wish.find((c) => c === has);
  return now === undefined ? [...wish] : [now, ...wish.filter((c) => c !== now)];
};

/** All formats, those wished first; what belongs to every codec (retransmission, redundancy) stays. */
export function ordered<T extends { mimeType: string }>(all: readonly T[], wish: readonly Codec[]): T[] {
  const place = (f: T): number => {
    const c = codecOf(f.mimeType);
    if (c === null) return wish.length + 1;
    const at = wish.indexOf(c);
    return at < 0 ? wish.length : at;
  };
  return all.map((f, i) => ({ f, i })).sort((a, b) => place(a.f) - place(b.f) || a.i - b.i).map((x) => x.f);
}

/** Does the description name the codec? Of ours on a down connection: can we decode it? */
export const names = (sdp: string, codec: string): boolean => new RegExp(`^a=rtpmap:\\d+ ${codec}/`, 'im').test(sdp);

export const formats = (): RTCRtpCodec[] => RTCRtpSender.getCapabilities('video')?.codecs ?? [];

/** Asked once: what the browser encodes, and what of it costs no processor. */
export async function means(): Promise<Means> {
  const sends = new Set(formats().map((f) => codecOf(f.mimeType)).filter((c) => c !== null));
  const light = new Set<Codec>();
  await Promise.all([...sends].map(async (c) => {
    try {
      const info = await navigator.mediaCapabilities.encodingInfo({ type: 'webrtc', video: { contentType: `video/${c}`, width: 1280, height: 720, framerate: 24, bitrate: 1_700_000 } });
      if (info.supported && info.powerEfficient) light.add(c);
    } catch { /* a browser that cannot say has none */ }
  }));
  return { sends, light, tired: false };
}

/** Wishes for a section; a browser that lets nobody choose has its own order. */
export function prefer(transceiver: RTCRtpTransceiver, wish: readonly Codec[]): void {
  try {
    transceiver.setCodecPreferences(ordered(formats(), wish));
  } catch { /* an older browser: its own order is the wish */ }
}
