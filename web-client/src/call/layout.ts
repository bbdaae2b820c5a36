/* Which picture is large, and in which order the others stand. Tiles never change places: the order is that of coming. Pure. */
import type { Label, Participant, Track } from '../wire/call';

/** What takes the large place when nobody pinned anything. */
const rank: Record<Label, number> = { exam: 0, imaging: 1, screen: 2, camera: 3, microphone: 9, 'screen-audio': 9 };

export const isSource = (t: Track): boolean => t.kind === 'video' && t.label !== 'camera';

/** The track in the large place: the chosen one while it lives, else the first clinical source, else a screen, else who speaks, else who came first. */
export function pinnedTrack(tracks: readonly Track[], chosen: number | null, me: number, speaker: number | null): Track | null {
  const videos = tracks.filter((t) => t.kind === 'video' && !t.muted);
  const own = chosen === null ? undefined : videos.find((t) => t.id === chosen);
  if (own !== undefined) return own;
  const sources = videos.filter(isSource).sort((a, b) => rank[a.label] - rank[b.label] || a.id - b.id);
  if (sources[0] !== undefined) return sources[0];
  const others = videos.filter((t) => t.participant !== me);
  return others.find((t) => t.participant === speaker) ?? others[0] ?? null;
}

export interface Face { participant: Participant; track: Track | null }

/** One tile a person, oneself last; a person with two cameras has the first here and the second among the other pictures. */
export function faces(participants: readonly Participant[], tracks: readonly Track[], me: number): Face[] {
  return [...participants].filter((p) => p.kind !== 'viewer').sort((a, b) => Number(a.id === me) - Number(b.id === me) || a.id - b.id)
    .map((participant) => ({ participant, track: tracks.find((t) => t.participant === participant.id && t.kind === 'video' && t.label === 'camera') ?? null }))
    .filter((f) => f.participant.kind === 'person' || f.track !== null);
}

/** Every picture that is nobody's first camera. */
export function otherPictures(participants: readonly Participant[], tracks: readonly Track[], me: number): Track[] {
  const first = new Set(faces(participants, tracks, me).map((f) => f.track?.id));
  return tracks.filter((t) => t.kind === 'video' && !first.has(t.id)).sort((a, b) => rank[a.label] - rank[b.label] || a.id - b.id);
}

/** Does p hear and see the room now? Who is cut off, away, or a source that only sends does neither. */
export function senses(p: Participant, cut: readonly number[]): { hears: boolean; sees: boolean } {
  if (p.cut || cut.includes(p.id)) return { hears: false, sees: false };
  if (p.kind === 'source') return { hears: false, sees: false };
  return { hears: p.state === 'here', sees: p.state === 'here' && p.kind !== 'endpoint' };
}
