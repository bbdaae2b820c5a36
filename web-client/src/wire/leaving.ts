/* The summary of somebody who leaves (PROTOCOL §25). */
import type { Call } from './http';
import { instant, list, maybe, obj, oneOf, or, str, type Out } from './read';
import type { Packet } from './transfers';

const readRow = obj({
  id: str, state: oneOf(['drafted', 'signed', 'handed', 'closed'] as const), patient: obj({ id: str, name: or(str, ''), number: or(str, ''), cell: or(str, '') }), asked: instant, summary: or(str, ''), handed: maybe(instant),
  receipt: or(str, ''), to: or(str, ''),
});
export type Leaving = Out<typeof readRow>;
const place = (id: string): string => `/api/release-summaries/${encodeURIComponent(id)}`;
const readOne = (v: unknown, at: string): Leaving => obj({ row: readRow })(v, at).row;
const readWhole = obj({ row: readRow, title: str, parts: list(obj({ title: str, text: or(str, '') })), digest: str });
export const leavings = (): Call<Leaving[]> => ({ method: 'GET', path: '/api/release-summaries', read: (v, at) => obj({ rows: list(readRow) })(v, at).rows });
export const leaving = (id: string): Call<{ row: Leaving } & Packet> => ({ method: 'GET', path: place(id), read: readWhole });
export const signLeaving = (id: string, digest: string, password: string): Call<Leaving> => ({ method: 'POST', path: `${place(id)}/sign`, body: { digest, password }, read: readOne });
export const handLeaving = (id: string, witness: string): Call<Leaving> => ({ method: 'POST', path: `${place(id)}/hand`, body: { witness }, read: readOne });
export const sendLeaving = (id: string, to: string): Call<Leaving> => ({ method: 'POST', path: `${place(id)}/send`, body: to === '' ? { agrees: false } : { agrees: true, to }, read: readOne });
export const leavingPdf = (id: string): string => `${place(id)}/summary.pdf`;
