/* What a detainee asks for at the terminal, and where it stands: a number and a word (PROTOCOL §16). */
import type { Call } from './http';
import { readAnswers } from './intake';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readAsked = obj({ id: str, number: num, word: str, asked: instant, words: or(str, ''), answer: or(str, ''), regions: or(list(str), []), voice: maybe(obj({ ms: num })), repeat: or(bool, false) });
export type Asked = Out<typeof readAsked>;
const one = (v: unknown, at: string): Asked => obj({ call: readAsked })(v, at).call;
export const asked = (): Call<Asked[]> => ({ method: 'GET', path: '/api/sick-calls', read: (v, at) => obj({ calls: list(readAsked) })(v, at).calls });
export const askToBeSeen = (words: string, regions: readonly string[]): Call<Asked> => ({ method: 'POST', path: '/api/sick-calls', body: { words, regions }, read: one });
/** The note by voice of a request that was just made. */
export const sendVoice = (id: string, note: Blob): Call<null> => ({ method: 'POST', path: `/api/sick-calls/${encodeURIComponent(id)}/voice`, file: note, media: note.type.split(';')[0] ?? '', wait_ms: 60_000, read: nothing });
export const takeBack = (id: string): Call<Asked> => ({ method: 'POST', path: `/api/sick-calls/${encodeURIComponent(id)}/withdraw`, body: {}, read: one });

const readAppointment = obj({ id: str, kind: str, word: str, start: maybe(instant), end: maybe(instant), with: list(obj({ name: str, department: str })) });
export type Appointment = Out<typeof readAppointment>;
export const appointments = (): Call<Appointment[]> => ({ method: 'GET', path: '/api/own/appointments', read: (v, at) => obj({ appointments: list(readAppointment) })(v, at).appointments });

const readIntake = obj({ id: str, part: str, saved: maybe(instant), by: or(str, ''), answers: readAnswers });
export type OwnIntake = Out<typeof readIntake>;
/** The parts of the own screening that are released. */
export const ownIntakes = (): Call<OwnIntake[]> => ({ method: 'GET', path: '/api/own/intakes', read: (v, at) => obj({ parts: list(readIntake) })(v, at).parts });
