/* How long recordings are kept, and their end by two (PROTOCOL §10.6). */
import type { Call } from './http';
import { instant, list, maybe, nothing, num, obj, str, type Out } from './read';

const readPerson = obj({ id: str, display: str });
const readKept = obj({
  recording: str, visit: str, patient: str, by: maybe(readPerson), started: instant, ended: maybe(instant), files: num, bytes: num, until: maybe(instant), due: maybe(instant),
  held: maybe(obj({ reason: str, placed: instant, by: maybe(readPerson) })), asked: maybe(obj({ id: num, reason: str, at: instant, by: maybe(readPerson) })),
  deleted: maybe(instant), deleted_by: maybe(readPerson), confirmed_by: maybe(readPerson),
});
export type KeptRecording = Out<typeof readKept>;
const readKeeping = obj({ keep_days: num, rows: list(readKept) });
export type Keeping = Out<typeof readKeeping>;

export const keeping = (): Call<Keeping> => ({ method: 'GET', path: '/api/recording-keeping', read: readKeeping });
export const holdRecording = (recording: string, on: boolean, reason: string): Call<null> => ({ method: 'POST', path: `/api/recording-keeping/${encodeURIComponent(recording)}/hold`, body: on ? { on, reason } : { on }, read: nothing });
export const askDeletion = (recording: string, reason: string, code: string): Call<{ id: number }> => ({ method: 'POST', path: '/api/recording-deletions', body: { recording, reason, code }, read: obj({ id: num }) });
export const decideDeletion = (id: number, verdict: 'delete' | 'decline', code: string): Call<null> => ({ method: 'POST', path: `/api/recording-deletions/${id}`, body: { verdict, code }, read: nothing });
