/* What the registry said and nobody could take or match (PROTOCOL §19). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readLetter = obj({ id: num, state: str, received: instant, settled: maybe(instant), source: str, code: str, place: str, words: str, control: str, line: num, bytes: num, text: or(str, '') });
export type Letter = Out<typeof readLetter>;
export const letters = (state: string): Call<{ open: number; dropped: number; more: boolean; letters: Letter[] }> =>
  ({ method: 'GET', path: `/api/registry/letters?state=${state}`, read: obj({ open: num, dropped: num, more: bool, letters: list(readLetter) }) });
export const letter = (id: number): Call<Letter> => ({ method: 'GET', path: `/api/registry/letters/${id}`, read: readLetter });
export const letterAgain = (id: number): Call<{ did: string }> => ({ method: 'POST', path: `/api/registry/letters/${id}/again`, body: {}, read: obj({ did: str }) });
export const letterAside = (id: number): Call<null> => ({ method: 'POST', path: `/api/registry/letters/${id}/aside`, body: {}, read: nothing });

const readSide = obj({ id: or(str, ''), name: str, number: str, cell: or(str, ''), birth: str, sex: str, national: str });
export type Side = Out<typeof readSide>;
const readDoubt = obj({ source: str, number: str, since: instant, why: str, said: readSide, patient: readSide });
export type Doubt = Out<typeof readDoubt>;
export const doubts = (): Call<{ doubts: Doubt[] }> => ({ method: 'GET', path: '/api/registry/doubts', read: obj({ doubts: list(readDoubt) }) });
export const decide = (d: Doubt, same: boolean): Call<null> =>
  ({ method: 'POST', path: '/api/registry/doubts', body: { source: d.source, number: d.number, ...(same ? { patient: d.patient.id } : {}) }, read: nothing });

const readMerge = obj({ source: str, prior: str, number: str, state: str, from: maybe(readSide), to: maybe(readSide) });
export type Merge = Out<typeof readMerge>;
export const merges = (): Call<{ merges: Merge[] }> => ({ method: 'GET', path: '/api/registry/merges', read: obj({ merges: list(readMerge) }) });
export const mergeTurn = (m: Merge, verdict: 'part' | 'join'): Call<null> =>
  ({ method: 'POST', path: '/api/registry/merges', body: { source: m.source, prior: m.prior, number: m.number, verdict }, read: nothing });
