/* The frames of a call (PROTOCOL §10.2): what the server says, read; what the client says, typed. Knows no WebRTC and no DOM. */
import { bool, instant, isRecord, list, maybe, num, obj, oneOf, or, str, BadAnswer, type Out, type Read } from './read';

export const labels = ['microphone', 'camera', 'screen', 'screen-audio', 'exam', 'imaging'] as const;
export type Label = (typeof labels)[number];

export const grades = ['good', 'fair', 'poor', 'lost'] as const;
export type Grade = (typeof grades)[number];

export const endings = ['left', 'kicked', 'ended', 'room_closed', 'revoked', 'replaced'] as const;
export type CallEnding = (typeof endings)[number];

export type Side = 'up' | 'down';

const readParticipant = obj({
  id: num, kind: oneOf(['person', 'source', 'viewer'], 'viewer'), display: str, roles: or(list(str), []), host: or(bool, false),
  since: instant, state: oneOf(['here', 'away'], 'here'), cut: or(bool, false),
});
export type Participant = Out<typeof readParticipant>;

const readTrack = obj({
  id: num, participant: num, kind: oneOf(['audio', 'video']), label: oneOf(labels, 'camera'), name: or(str, ''), muted: or(bool, false), codec: or(str, ''),
});
export type Track = Out<typeof readTrack>;

const readPrivate = maybe(obj({ by: num, cut: list(num), since: instant }));
export type PrivateTalk = NonNullable<Out<typeof readPrivate>>;

const readIce = list(obj({ urls: list(str), username: or(str, ''), credential: or(str, '') }));
export type Ice = Out<typeof readIce>;

const readQuality = maybe(obj({ loss: or(num, 0), rtt_ms: or(num, 0), kbps: or(num, 0), grade: oneOf(grades, 'good') }));
export type Quality = NonNullable<Out<typeof readQuality>>;

const side: Read<Side> = oneOf(['up', 'down']);
const peerStates = ['connecting', 'connected', 'interrupted', 'gone'] as const;
export type PeerState = (typeof peerStates)[number];

const readers = {
  'call.joined': obj({
    room: str, title: or(str, ''), me: num, host: or(bool, false), resume: str, resume_s: or(num, 20), up: or(bool, false), down: or(bool, false),
    participants: list(readParticipant), tracks: list(readTrack), private: readPrivate, ice: or(readIce, []), speaker: maybe(num),
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
  'call.layer': obj({ track: num, layers: num }),
  'call.private': obj({ private: readPrivate }),
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

export type CallIntent =
  | { type: 'call.join'; room: string; token: string }
  | { type: 'call.join'; room: string; resume: string }
  | { type: 'call.offer'; n: number; peer: 'up'; sdp: string; fresh?: true; tracks: OfferedTrack[] }
  | { type: 'call.offer'; n: number; peer: 'down'; sdp: string; fresh?: true; tracks: { mid: string; track: number }[] }
  | { type: 'call.mute'; track: number; muted: boolean }
  | { type: 'call.want'; tracks: WantedTrack[] }
  | { type: 'call.recode'; track: number }
  | { type: 'call.private'; on: true; cut: number[] }
  | { type: 'call.private'; on: false }
  | { type: 'call.kick'; participant: number }
  | { type: 'call.leave' }
  | { type: 'call.end' };
