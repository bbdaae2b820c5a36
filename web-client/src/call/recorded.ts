/* What is said of a recording to whoever is in the room. Pure. */
import type { Recording, Track } from '../wire/call';

export type RecordingWord = 'off' | 'consent' | 'paused' | 'private' | 'lossy' | 'on';

export const recordingWord = (on: Recording | null, isPrivate: boolean): RecordingWord =>
  on === null ? 'off' : on.held ?? (isPrivate ? 'private' : on.lossy ? 'lossy' : 'on');

/** Whose picture is in no film, though it is shown: there is no file of that codec. */
export const unrecorded = (tracks: readonly Track[]): number[] =>
  [...new Set(tracks.filter((t) => t.kind === 'video' && t.codec === 'AV1').map((t) => t.participant))];
