/* The frames of a call (PROTOCOL §10.2): what the server says, read; what the client says, typed. Knows no WebRTC and no DOM. */
import { bool, instant, isRecord, list, maybe, num, obj, oneOf, or, str, BadAnswer, type Out, type Read } from './read';

export const labels = ['microphone', 'camera', 'screen', 'screen-audio', 'exam', 'imaging'] as const;
export type Label = (typeof labels)[number];

export const grades = ['good', 'fair', 'poor', 'lost'] as const;
export type Grade = (typeof grades)[number];

export const endings = ['left', 'kicked', 'ended', 'room_closed', 'revoked', 'replaced', 'consent'] as const;
export type CallEnding = (typeof endings)[number];

export type Side = 'up' | 'down';

const readParticipant = obj({
  id: num, kind: oneOf(['person', 'source', 'viewer', 'endpoint'], 'viewer'), display: str, roles: or(list(str), []), host: or(bool, false),
  since: instant, state: oneOf(['here', 'away'], 'here'), cut: or(bool, false), ink: or(num, 0), hears: maybe(str), speaks: maybe(str),
});
export type Participant = Out<typeof readParticipant>;

export const axes = ['pan', 'tilt', 'zoom'] as const;
export type Axis = (typeof axes)[number];
/** Where a camera stands, or is to stand: ten-thousandths of an axis's way. */
export type Axes = Partial<Record<Axis, number>>;
const readAxes: Read<Axes> = (v, at) => {
  if (!isRecord(v)) throw new BadAnswer(at, 'axes');
  return Object.fromEntries(axes.filter((a) => a in v).map((a) => [a, num(v[a], `${at}.${a}`)]));
};

const readTrack = obj({
  id: num, participant: num, kind: oneOf(['audio', 'video']), label: oneOf(labels, 'camera'), name: or(str, ''), muted: or(bool, false), codec: or(str, ''),
  ptz: maybe(readAxes), steer: maybe(obj({ by: num, until: instant })),
});
export type Track = Out<typeof readTrack>;

const readPrivate = maybe(obj({ by: num, cut: list(num), since: instant }));
export type PrivateTalk = NonNullable<Out<typeof readPrivate>>;

const readRecording = maybe(obj({ since: instant, held: maybe(oneOf(['paused', 'consent'], 'paused')), lossy: or(bool, false) }));
export type Recording = NonNullable<Out<typeof readRecording>>;

const readIce = list(obj({ urls: list(str), username: or(str, ''), credential: or(str, '') }));
export type Ice = Out<typeof readIce>;

const readQuality = maybe(obj({ loss: or(num, 0), rtt_ms: or(num, 0), kbps: or(num, 0), grade: oneOf(grades, 'good') }));
export type Quality = NonNullable<Out<typeof readQuality>>;

/** What is pointed at: a track, or a picture of the record. */
export type Target = number | string;
const target: Read<Target> = (v, at) => (typeof v === 'number' ? num(v, at) : str(v, at));
/** Numbers of a pair or of a stroke: x, y, x, y … in ten-thousandths of the picture. */
const numbers = list(num);
const pair: Read<readonly [number, number]> = (v, at) => { const [a, b] = numbers(v, at); if (a === undefined || b === undefined) throw new BadAnswer(at, 'a pair'); return [a, b]; };

const readView = maybe(obj({
  by: num, hidden: or(bool, false), document: or(str, ''), study: or(str, ''), series: or(str, ''), instance: or(str, ''),
  frame: or(num, 1), window: maybe(pair), zoom: or(num, 1000), pan: or(pair, [0, 0]), invert: or(bool, false),
}));
export type View = NonNullable<Out<typeof readView>>;
const readDrawing = obj({ by: num, name: or(str, ''), ink: or(num, 0), target, id: num, points: numbers });
export type Drawing = Out<typeof readDrawing>;
const readLine = obj({ id: maybe(str), name: or(str, ''), own: or(bool, false), at: instant, text: str });
export type ChatLine = Out<typeof readLine>;
export const stillStates = ['asked', 'taken', 'failed'] as const;

const readMix = maybe(obj({ why: oneOf(['asked', 'way'], 'way'), sound: maybe(num), picture: maybe(num) }));
/** One sound and one picture of all others, in the place of two tracks. */
export type Mix = NonNullable<Out<typeof readMix>>;

const side: Read<Side> = oneOf(['up', 'down']);
const peerStates = ['connecting', 'connected', 'interrupted', 'gone'] as const;
export type PeerState = (typeof peerStates)[number];

const readers = {
  'call.joined': obj({
    room: str, title: or(str, ''), me: num, host: or(bool, false), resume: str, resume_s: or(num, 20), up: or(bool, false), down: or(bool, false),
    participants: list(readParticipant), tracks: list(readTrack), private: readPrivate, recording: or(readRecording, null), ice: or(readIce, []), speaker: maybe(num),
    kept: or(bool, false), endpoint: maybe(str), saves: or(bool, false), mix: readMix, view: readView, drawings: or(list(readDrawing), []), chat: maybe(list(readLine)),
  }),
  'call.participant': obj({ participant: readParticipant }),
  'call.gone': obj({ participant: num, why: or(str, 'left') }),
  'call.track': obj({ track: readTrack, again: or(bool, false) }),
  'call.untrack': obj({ track: num }),
  'call.answer': obj({ n: num, peer: side, sdp: str }),
  'call.refused': obj({ of: or(str, ''), n: maybe(num), code: str, detail: or(str, '') }),
  'call.peer': obj({ peer: side, state: oneOf(peerStates, 'connecting') }),
  'call.renew': obj({ ice: maybe(readIce) }),
  'call.speaker': obj({ participant: maybe(num) }),
  'call.quality': obj({ participants: list(obj({ participant: num, up: readQuality, down: readQuality })) }),
  'call.recode': obj({ track: num }),
  'call.mix': obj({ mix: readMix }),
  'call.move': obj({ track: num, by: num, axes: readAxes }),
  'call.light': obj({ track: num, by: num, more: bool }),
  'call.layer': obj({ track: num, layers: num, thin: or(bool, false) }),
  'call.private': obj({ private: readPrivate }),
  'call.recording': obj({ recording: readRecording }),
  'call.view': obj({ view: readView }),
  'call.look': obj({ view: readView, drawings: list(readDrawing) }),
  'call.point': obj({ by: num, target: maybe(target), x: or(num, 0), y: or(num, 0) }),
  'call.draw': obj({ by: num, name: or(str, ''), ink: or(num, 0), target, id: num, points: numbers, end: or(bool, false), fade: or(bool, false) }),
  'call.erase': obj({ by: num, all: or(bool, false), target: maybe(target) }),
  'call.chat': obj({ by: num, name: or(str, ''), id: maybe(str), at: instant, text: str }),
  'call.still': obj({ still: num, by: num, track: num, state: oneOf(stillStates), document: or(str, ''), code: or(str, '') }),
  'call.ended': obj({ why: oneOf(endings, 'ended') }),
} satisfies Record<string, Read<unknown>>;

type Readers = typeof readers;
export type CallFrame = { [K in keyof Readers]: { type: K } & Out<Readers[K]> }[keyof Readers];

/** A frame of a call, or null when it is not one we know. */
export function readCallFrame(v: unknown): CallFrame | null {
  if (!isRecord(v) || typeof v['type'] !== 'string' || !Object.hasOwn(readers, v['type'])) return null;
  const type = v['type'] as keyof Readers;
  try {
    return { type, ...readers[type](v, '') } as CallFrame;
  } catch (e) {
    if (e instanceof BadAnswer) return null;
    throw e;
  }
}

export interface OfferedTrack { mid: string; label: Label; name?: string }
export interface WantedTrack { track: number; paused?: boolean; pinned?: boolean; width?: number; height?: number }

/** What is shown, as it is said: integers, so that all show the same (PROTOCOL §10.2). */
interface Framing { frame: number; window?: readonly [number, number]; zoom: number; pan: readonly [number, number]; invert: boolean }
export type Showing = ({ study: string; series: string; instance: string } & Framing) | ({ document: string } & Framing);

export type CallIntent =
  | { type: 'call.join'; room: string; token: string }
  | { type: 'call.join'; room: string; resume: string }
  | { type: 'call.offer'; n: number; peer: 'up'; sdp: string; fresh?: true; tracks: OfferedTrack[] }
  | { type: 'call.offer'; n: number; peer: 'down'; sdp: string; fresh?: true; tracks: { mid: string; track: number }[] }
  | { type: 'call.mute'; track: number; muted: boolean }
  | { type: 'call.want'; tracks: WantedTrack[] }
  | { type: 'call.recode'; track: number }
  | { type: 'call.save'; on: boolean }
  | { type: 'call.lane'; hears?: string; speaks?: string }
  | { type: 'call.private'; on: true; cut: number[] }
  | { type: 'call.private'; on: false }
  | { type: 'call.kick'; participant: number }
  | ({ type: 'call.view'; lead?: true } & Showing)
  | { type: 'call.view'; lead: false }
  | { type: 'call.point'; target: Target; x: number; y: number }
  | { type: 'call.point' }
  | { type: 'call.draw'; target: Target; id: number; points: number[]; end?: true; fade?: true }
  | { type: 'call.erase'; target?: Target; all?: true }
  | { type: 'call.chat'; text: string }
  | { type: 'call.still'; track: number }
  | { type: 'call.still'; still: number; document: string }
  | { type: 'call.still'; still: number; failed: string }
  | { type: 'call.ptz'; track: number; axes: Axes }
  | { type: 'call.steer'; track: number; on: boolean }
  | { type: 'call.move'; track: number; axes: Axes }
  | { type: 'call.light'; track: number; more: boolean }
  | { type: 'call.leave' }
  | { type: 'call.end' }
  | { type: 'call.endpoint'; on: boolean };
