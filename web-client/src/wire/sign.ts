/* Signatures (PROTOCOL §12): what is final is signed over its bytes, by one or by several, each with the own password. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readPerson = obj({ id: or(str, ''), display: or(str, '') });
const readSeal = obj({ account: readPerson, role: or(str, ''), at: instant, algorithm: or(str, ''), public: or(str, ''), value: or(str, ''), text: or(str, ''), holds: or(bool, false) });
export type Seal = Out<typeof readSeal>;
const readCosigner = obj({ account: readPerson, asked: instant, asked_by: readPerson, signed: maybe(instant), dissented: maybe(instant), dissent: maybe(str) });
export type Cosigner = Out<typeof readCosigner>;
const readSeals = obj({ version: num, signatures: or(list(readSeal), []), asked: or(list(readCosigner), []), whole: or(bool, false), released: maybe(instant), released_by: maybe(str) });
export type Seals = Out<typeof readSeals>;

const place = (type: string, id: string): string => `/api/seals/${type}/${encodeURIComponent(id)}`;

export const seals = (type: string, id: string): Call<Seals> => ({ method: 'GET', path: place(type, id), read: readSeals });
export const seal = (type: string, id: string, version: string, password: string): Call<{ id: number }> =>
  ({ method: 'POST', path: place(type, id), body: { version: Number(version), password }, read: obj({ id: num }) });
export const askSigners = (type: string, id: string, version: string, accounts: readonly string[]): Call<null> =>
  ({ method: 'POST', path: `${place(type, id)}/ask`, body: { version: Number(version), accounts }, read: nothing });
export const dissent = (type: string, id: string, version: string, reason: string): Call<null> =>
  ({ method: 'POST', path: `${place(type, id)}/dissent`, body: { version: Number(version), reason }, read: nothing });
export const release = (type: string, id: string): Call<null> => ({ method: 'POST', path: `/api/releases/${type}/${encodeURIComponent(id)}`, body: {}, read: nothing });

/* How it stands with what is released to a patient: of each record that was, or that a doctor holds back from the clock. */
const readRelease = obj({ record: str, released: maybe(instant), held: maybe(instant), by: maybe(str), reason: maybe(str) });
export type Release = Out<typeof readRelease>;
const readReleases = obj({ after_h: num, rows: list(readRelease) });
export type Releases = Out<typeof readReleases>;
export const releases = (patient: string): Call<Releases> => ({ method: 'GET', path: `/api/patients/${encodeURIComponent(patient)}/releases`, read: readReleases });
export const holdBack = (type: string, id: string, reason: string): Call<null> => ({ method: 'POST', path: `/api/releases/${type}/${encodeURIComponent(id)}/hold`, body: { reason }, read: nothing });

const readWaiting = obj({ type: str, id: str, version: num, patient: str, asked: instant, asked_by: readPerson });
export type Waiting = Out<typeof readWaiting>;
export const waiting = (): Call<{ rows: Waiting[] }> => ({ method: 'GET', path: '/api/signatures/waiting', read: obj({ rows: list(readWaiting) }) });

/** The second of two for a controlled drug. */
export const signDose = (id: string, password: string): Call<null> => ({ method: 'POST', path: `/api/doses/${encodeURIComponent(id)}/sign`, body: { password }, read: nothing });
