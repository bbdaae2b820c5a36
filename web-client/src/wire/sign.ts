/* Signatures (PROTOCOL §11): what is final is signed over its bytes, with a code once more. */
import type { Call } from './http';
import { instant, list, num, obj, or, str, bool, type Out } from './read';

const readSeal = obj({ account: obj({ display: or(str, '') }), role: or(str, ''), at: instant, algorithm: or(str, ''), holds: or(bool, false) });
export type Seal = Out<typeof readSeal>;

const place = (type: string, id: string): string => `/api/seals/${type}/${encodeURIComponent(id)}`;

export const seals = (type: string, id: string): Call<{ signatures: Seal[] }> => ({ method: 'GET', path: place(type, id), read: obj({ signatures: or(list(readSeal), []) }) });

export const seal = (type: string, id: string, version: string, code: string): Call<{ id: number }> =>
  ({ method: 'POST', path: place(type, id), body: { version: Number(version), code }, read: obj({ id: num }) });
