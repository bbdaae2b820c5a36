/* What a detainee asks for at the terminal, and where it stands: a number and a word (PROTOCOL §16). */
import type { Call } from './http';
import { bool, instant, list, maybe, num, obj, or, str, type Out } from './read';

const readAsked = obj({ id: str, number: num, word: str, asked: instant, words: or(str, ''), answer: or(str, ''), regions: or(list(str), []), repeat: or(bool, false) });
export type Asked = Out<typeof readAsked>;
const one = (v: unknown, at: string): Asked => obj({ call: readAsked })(v, at).call;
export const asked = (): Call<Asked[]> => ({ method: 'GET', path: '/api/sick-calls', read: (v, at) => obj({ calls: list(readAsked) })(v, at).calls });
export const askToBeSeen = (words: string, regions: readonly string[]): Call<Asked> => ({ method: 'POST', path: '/api/sick-calls', body: { words, regions }, read: one });
export const takeBack = (id: string): Call<Asked> => ({ method: 'POST', path: `/api/sick-calls/${encodeURIComponent(id)}/withdraw`, body: {}, read: one });

const readAppointment = obj({ id: str, kind: str, word: str, start: maybe(instant), end: maybe(instant), with: list(obj({ name: str, department: str })) });
export type Appointment = Out<typeof readAppointment>;
export const appointments = (): Call<Appointment[]> => ({ method: 'GET', path: '/api/own/appointments', read: (v, at) => obj({ appointments: list(readAppointment) })(v, at).appointments });
