/* The link in words: "good", "weak: video lowered", "audio only", "lost". The numbers stand behind the words. Pure. */
import type { Grade, Participant, Quality, Track } from '../wire/call';
import type { LinkFigures, Step } from './encodings';

export type Word = 'good' | 'weak' | 'lowered' | 'audio' | 'lost' | 'unknown';

const worse = (a: Grade, b: Grade): Grade => {
  const order: readonly Grade[] = ['good', 'fair', 'poor', 'lost'];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
};

/** Of somebody else: as the server measures both their ways. */
export function wordOf(p: Participant, tracks: readonly Track[], q: { up: Quality | null; down: Quality | null } | undefined): Word {
  if (p.state === 'away') return 'lost';
  const own = tracks.filter((t) => t.participant === p.id);
  const grade = [q?.up, q?.down].reduce<Grade | null>((g, x) => (x ? worse(g ?? 'good', x.grade) : g), null);
  if (grade === 'lost') return 'lost';
  if (own.some((t) => t.kind === 'audio') && !own.some((t) => t.kind === 'video' && !t.muted)) return grade === 'poor' || grade === 'fair' ? 'weak' : 'audio';
  if (grade === null) return 'unknown';
  return grade === 'good' ? 'good' : grade === 'fair' ? 'weak' : 'lowered';
}

/** Of oneself: from what the browser measures. */
export function ownWord(f: LinkFigures | null, step: Step, troubled: boolean, audioOnly: boolean): Word {
  if (troubled) return 'lost';
  if (audioOnly) return 'audio';
  if (f === null) return 'unknown';
  if (step < 3) return 'lowered';
  return Math.max(f.loss_up, f.loss_down) > 50 || (f.rtt_ms ?? 0) > 400 ? 'weak' : 'good';
}

export const isWeak = (w: Word): boolean => w === 'weak' || w === 'lowered' || w === 'lost';

export interface Shown { width: number; height: number; fps: number }
/** The largest layer that goes. */
export interface Sent extends Shown { codec: string; layers: number }
export interface Sample {
  at: number;
  bytesUp: number; bytesDown: number;
  lost: number; received: number;
  lossUp: number; rtt_ms: number | null; room_kbps: number | null; limited: boolean;
  shown: Map<string, Shown>; /* by mid of the down connection */
  heard: Map<string, { all: number; made_up: number }>; /* samples of sound, and how many of them the decoder had to make up; the same */
  sent: Map<string, Sent>; /* by mid of the up connection */
  tired: boolean; /* an encoder of VP9 or AV1 sends less than it may because the processor does not keep up */
}

type Report = Record<string, unknown>;
const n = (v: unknown): number => (typeof v === 'number' && Number.isFinite(v) ? v : 0);
const s = (v: unknown): string => (typeof v === 'string' ? v : '');

const report_ms = 3000; /* a report that is so much older than the newest is of what rests */

/** Reads what getStats of both connections says. Browsers differ in what they leave out. */
export function sample(at: number, up: readonly Report[], down: readonly Report[]): Sample {
  const out: Sample = { at, bytesUp: 0, bytesDown: 0, lost: 0, received: 0, lossUp: 0, rtt_ms: null, room_kbps: null, limited: false, shown: new Map(), heard: new Map(), sent: new Map(), tired: false };
  /* What rests is told of no more, and its last figures stand for ever. */
  const told = Math.max(...up.map((r) => (r['type'] === 'remote-inbound-rtp' ? n(r['timestamp']) : 0)));
  const codecs = new Map(up.filter((r) => r['type'] === 'codec').map((r) => [s(r['id']), s(r['mimeType']).replace(/^.*\//, '')]));
  for (const r of up) {
    if (r['type'] === 'outbound-rtp') {
      out.bytesUp += n(r['bytesSent']);
      out.limited ||= r['qualityLimitationReason'] === 'bandwidth';
      const codec = codecs.get(s(r['codecId'])) ?? '';
      out.tired ||= r['qualityLimitationReason'] === 'cpu' && (codec === 'VP9' || codec === 'AV1');
      const at = s(r['mid']);
      if (r['kind'] === 'video' && at !== '' && r['active'] !== false && n(r['frameWidth']) > 0) {
        const other = out.sent.get(at);
        const here = { width: n(r['frameWidth']), height: n(r['frameHeight']), fps: Math.round(n(r['framesPerSecond'])), codec };
        out.sent.set(at, { ...(other !== undefined && other.width > here.width ? other : here), layers: (other?.layers ?? 0) + 1 });
      }
    }
    if (r['type'] === 'remote-inbound-rtp' && n(r['timestamp']) >= told - report_ms) {
      out.lossUp = Math.max(out.lossUp, n(r['fractionLost']) * 1000);
      if (typeof r['roundTripTime'] === 'number') out.rtt_ms = Math.min(out.rtt_ms ?? Infinity, r['roundTripTime'] * 1000);
    }
    if (r['type'] === 'candidate-pair' && (r['nominated'] === true || r['selected'] === true)) {
      /* Told of the pair in use alone; where checks are lost its state is "in-progress" half of the time. */
      if (typeof r['availableOutgoingBitrate'] === 'number') out.room_kbps = r['availableOutgoingBitrate'] / 1000;
      if (r['state'] === 'succeeded' && out.rtt_ms === null && typeof r['currentRoundTripTime'] === 'number') out.rtt_ms = r['currentRoundTripTime'] * 1000;
    }
  }
  for (const r of down) {
    if (r['type'] !== 'inbound-rtp') continue;
    out.bytesDown += n(r['bytesReceived']);
    out.lost += Math.max(0, n(r['packetsLost']));
    out.received += n(r['packetsReceived']);
    if (r['kind'] === 'audio' && s(r['mid']) !== '') out.heard.set(s(r['mid']), { all: n(r['totalSamplesReceived']), made_up: Math.max(0, n(r['concealedSamples']) - n(r['silentConcealedSamples'])) });
    if (r['kind'] === 'video' && s(r['mid']) !== '' && n(r['frameWidth']) > 0) out.shown.set(s(r['mid']), { width: n(r['frameWidth']), height: n(r['frameHeight']), fps: Math.round(n(r['framesPerSecond'])) });
  }
  return out;
}

/** What came in over a connection, however it is counted; null when nothing is. */
export function bytesIn(rows: readonly Report[]): number | null {
  const pairs = rows.filter((r) => r['type'] === 'candidate-pair' && typeof r['bytesReceived'] === 'number');
  return pairs.length === 0 ? null : pairs.reduce((sum, r) => sum + n(r['bytesReceived']), 0);
}

/** Of 1,000 of each voice since the sample before, how much was made up; by mid of the down connection. */
export function madeUp(before: Sample, now: Sample): Map<string, number> {
  return new Map([...now.heard].map(([mid, { all, made_up }]) => {
    const was = before.heard.get(mid) ?? { all: 0, made_up: 0 };
    const samples = all - was.all;
    return [mid, samples > 0 && made_up >= was.made_up ? Math.round(((made_up - was.made_up) * 1000) / samples) : 0];
  }));
}

/** Between two samples. A connection made anew counts from zero: what is less than before says nothing. */
export function figures(before: Sample, now: Sample, queue_ms = 0): LinkFigures {
  const ms = Math.max(1, now.at - before.at);
  const since = (a: number, b: number): number => Math.max(0, b - a);
  const lost = since(before.lost, now.lost);
  const got = since(before.received, now.received);
  return {
    rtt_ms: now.rtt_ms === null ? null : Math.round(now.rtt_ms),
    queue_ms,
    loss_up: Math.round(now.lossUp),
    loss_down: lost + got === 0 ? 0 : Math.round((lost * 1000) / (lost + got)),
    kbps_up: Math.round((since(before.bytesUp, now.bytesUp) * 8) / ms),
    kbps_down: Math.round((since(before.bytesDown, now.bytesDown) * 8) / ms),
    room_kbps: now.room_kbps === null ? null : Math.round(now.room_kbps),
    limited: now.limited,
  };
}
