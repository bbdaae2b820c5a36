/* PROTOCOL §12: exports, asked for by one and decided by another (rule 33). The file itself is fetched by state/exported. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, str, type Out } from './read';

export const kinds = ['record', 'audit'] as const;
export type ExportKind = (typeof kinds)[number];
export const formats = ['pdf', 'zip'] as const;
export type ExportFormat = (typeof formats)[number];
export type ExportVerdict = 'grant' | 'decline';

const readPerson = obj({ id: str, display: str });
const readExport = obj({
  id: num, kind: oneOf(kinds), format: oneOf(formats), patient: maybe(str), recipient: str, reason: str, asked: instant, asked_by: readPerson, decided: maybe(instant), decided_by: maybe(readPerson),
  granted: bool, remark: maybe(str), fetched: maybe(instant), mine: bool, to_decide: bool,
});
export type Export = Out<typeof readExport>;
const readExports = obj({ rows: list(readExport), left: num, limit: num, counts: list(obj({ account: readPerson, asked: num, fetched: num })) });

export const exports = (): Call<Out<typeof readExports>> => ({ method: 'GET', path: '/api/exports', read: readExports });

export interface ExportAsk { kind: ExportKind; format: ExportFormat; patient?: string; actor?: string; action?: string; from?: string; to?: string; recipient: string; reason: string; code: string }
export const askExport = (ask: ExportAsk): Call<{ id: number }> => ({ method: 'POST', path: '/api/exports', body: ask, read: obj({ id: num }) });
export const decideExport = (id: number, verdict: ExportVerdict, remark: string, code: string): Call<null> =>
  ({ method: 'POST', path: `/api/exports/${id}`, body: { verdict, code, ...(remark === '' ? {} : { remark }) }, read: nothing });
export const exportKey = (id: number): Call<{ key: string }> => ({ method: 'POST', path: `/api/exports/${id}/key`, body: {}, read: obj({ key: str }) });
