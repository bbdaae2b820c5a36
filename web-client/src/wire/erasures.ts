/* Lawful erasure by two (PROTOCOL §12): one asks, another decides. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, str, type Out } from './read';

const readPerson = obj({ id: str, display: str });
const readErasure = obj({ id: num, patient: str, reason: str, asked: instant, asked_by: readPerson, decided: maybe(instant), decided_by: maybe(readPerson), done: bool });
export type Erasure = Out<typeof readErasure>;

export const erasures = (): Call<{ rows: Erasure[] }> => ({ method: 'GET', path: '/api/erasures', read: obj({ rows: list(readErasure) }) });
export const askErasure = (patient: string, reason: string, code: string): Call<{ id: number }> => ({ method: 'POST', path: '/api/erasures', body: { patient, reason, code }, read: obj({ id: num }) });
export const decideErasure = (id: number, verdict: 'erase' | 'decline', code: string): Call<null> => ({ method: 'POST', path: `/api/erasures/${id}`, body: { verdict, code }, read: nothing });
