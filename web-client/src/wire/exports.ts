/* PROTOCOL §12: exports, asked for by one and decided by another (rule 33). The file itself is fetched by state/exported. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out, type Read } from './read';

export const kinds = ['record', 'audit', 'bulk'] as const;
export type ExportKind = (typeof kinds)[number];
export const formats = ['pdf', 'zip', 'ndjson'] as const;
export type ExportFormat = (typeof formats)[number];
export type ExportVerdict = 'grant' | 'decline';

const readPerson = obj({ id: str, display: str });
export const levels = ['patient', 'system'] as const;
export type ExportLevel = (typeof levels)[number];

const readExport = obj({
  scope: obj({ level: or(oneOf(levels), 'system'), types: or(str, ''), since: maybe(instant) }), ends: maybe(instant),
  id: num, kind: oneOf(kinds), format: oneOf(formats), patient: maybe(str), recipient: str, reason: str, asked: instant, asked_by: readPerson, decided: maybe(instant), decided_by: maybe(readPerson),
  granted: bool, remark: maybe(str), fetched: maybe(instant), mine: bool, to_decide: bool,
});
export type Export = Out<typeof readExport>;
const readExports = obj({ rows: list(readExport), left: num, limit: num, counts: list(obj({ account: readPerson, asked: num, fetched: num })) });

export const exports = (): Call<Out<typeof readExports>> => ({ method: 'GET', path: '/api/exports', read: readExports });

export interface ExportAsk { kind: ExportKind; format: ExportFormat; patient?: string; level?: ExportLevel; types?: string; since?: string; actor?: string; action?: string; from?: string; to?: string; recipient: string; reason: string; code: string }
export const askExport = (ask: ExportAsk): Call<{ id: number }> => ({ method: 'POST', path: '/api/exports', body: ask, read: obj({ id: num }) });
export const decideExport = (id: number, verdict: ExportVerdict, remark: string, code: string): Call<null> =>
  ({ method: 'POST', path: `/api/exports/${id}`, body: { verdict, code, ...(remark === '' ? {} : { remark }) }, read: nothing });
export const exportKey = (id: number): Call<{ key: string }> => ({ method: 'POST', path: `/api/exports/${id}/key`, body: {}, read: obj({ key: str }) });

/* §11.2: many records at once. The grant is taken up by asking; the files are made while one asks for their state. */
const readBulk = obj({ output: list(obj({ type: str, url: str, count: num })) });
export type Bulk = Out<typeof readBulk>;
const begun: Read<Bulk | null> = (v, at) => (v === null ? null : readBulk(v, at));
export const beginBulk = ({ scope }: Export): Call<null> => {
  const asked = new URLSearchParams({ ...(scope.types === '' ? {} : { _type: scope.types }), ...(scope.since === null ? {} : { _since: new Date(scope.since).toISOString() }) }).toString();
  return { method: 'POST', path: `/fhir${scope.level === 'patient' ? '/Patient' : ''}/$export${asked === '' ? '' : `?${asked}`}`, headers: { Prefer: 'respond-async' }, read: nothing };
};
/** null: they are still being made. */
export const bulk = (id: number): Call<Bulk | null> => ({ method: 'GET', path: `/fhir/$export/${id}`, read: begun });
export const endBulk = (id: number): Call<null> => ({ method: 'DELETE', path: `/fhir/$export/${id}`, read: nothing });
