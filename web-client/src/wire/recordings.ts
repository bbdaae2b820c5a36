/* Recordings of consultations (PROTOCOL §10.6). */
import type { Call } from './http';
import { bool, instant, list, maybe, num, obj, or, str, type Out } from './read';

const readFile = obj({ id: str, account: or(str, ''), name: or(str, ''), source: or(str, ''), started: instant, whole: or(bool, false), montage: or(bool, false) });
export type RecordingFile = Out<typeof readFile>;
/** on: what was drawn on; of a drawing alone. */
const readMark = obj({
  at: instant, kind: str, account: or(str, ''), name: or(str, ''),
  on: maybe(obj({ account: or(str, ''), name: or(str, ''), source: or(str, ''), record: or(str, '') })),
});
export type RecordingMark = Out<typeof readMark>;
const readRecording = obj({
  id: str, started: instant, ended: maybe(instant), readable: or(bool, false), files: or(list(readFile), []),
  montage: maybe(obj({ state: str, percent: maybe(num) })),
  marks: or(list(readMark), []),
});
export type VisitRecording = Out<typeof readRecording>;

const at = (visit: string): string => `/api/visits/${encodeURIComponent(visit)}`;
export const record = (visit: string, on: boolean): Call<null> => ({ method: 'POST', path: `${at(visit)}/recording`, body: { on }, read: () => null });
/** One film of all its files; `on` false takes it back while it is not made. */
export const makeMontage = (visit: string, recording: string, on: boolean): Call<null> => ({ method: 'POST', path: `${at(visit)}/montage`, body: { recording, on }, read: () => null });
export const recordings = (visit: string): Call<VisitRecording[]> => ({ method: 'GET', path: `${at(visit)}/recordings`, read: (v, where) => obj({ recordings: list(readRecording) })(v, where).recordings });
export const filmPath = (file: string): string => `/api/recordings/${encodeURIComponent(file)}`;
