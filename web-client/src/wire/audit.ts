/* PROTOCOL §6: the privacy officer's list and the verifier. */
import type { Call } from './http';
import { bool, instant, isRecord, list, maybe, num, obj, oneOf, or, record, str, type Out, type Read } from './read';
import { query } from './security';

export const outcomes = ['ok', 'refused', 'failed'] as const;
export type Outcome = (typeof outcomes)[number];

export const readRow = obj({
  seq: num,
  at: instant,
  actor: maybe(obj({ id: str, name: str, display: str })),
  role: maybe(str),
  from: maybe(str),
  action: str,
  target: maybe(str),
  outcome: oneOf(outcomes),
  detail: or(record, {}),
  hash: or(str, ''),
});
export type AuditRow = Out<typeof readRow>;

/** A page token may come as a number or as text. */
const readNext: Read<string | null> = (v, at) =>
  v === undefined || v === null ? null : typeof v === 'number' ? String(v) : str(v, at);

const readRows = obj({ rows: list(readRow), next: readNext });

export interface AuditQuery { actor: string; action: string; outcome: Outcome | ''; patient: string; from: string; to: string; before: string }

export const audit = (by: AuditQuery): Call<Out<typeof readRows>> =>
  ({ method: 'GET', path: `/api/audit${query({ ...by })}`, read: readRows });

const readChain = obj({ seq: num, head: str, anchor: obj({ seq: num, at: maybe(instant) }), verified: maybe(obj({ at: instant, ok: bool })) });
export type Chain = Out<typeof readChain>;
export const chain = (): Call<Chain> => ({ method: 'GET', path: '/api/audit/chain', read: readChain });

const why = ['edited', 'missing', 'order', 'truncated', 'anchor'] as const;

const readGood = obj({ rows: num, head: str, anchor: maybe(obj({ seq: num, at: instant })) });
const readBad = obj({ seq: num, why: oneOf(why) });
export type Verdict = ({ ok: true } & Out<typeof readGood>) | ({ ok: false } & Out<typeof readBad>);

const readVerdict: Read<Verdict> = (v, at) =>
  bool(isRecord(v) ? v['ok'] : undefined, `${at}.ok`)
    ? { ok: true, ...readGood(v, at) }
    : { ok: false, ...readBad(v, at) };

export const verifyAudit = (): Call<Verdict> => ({ method: 'POST', path: '/api/audit/verify', body: {}, read: readVerdict });
