/* What went wrong, in the server's words (PROTOCOL §1) or in ours when no answer came. */
import { isRecord } from './read';
import { whyRefused } from './upload';

export interface Fault {
  status: number;
  code: string;
  message: string;
  todo: string | null;
  where: string | null;
  left: number | null;
  /** When the way is free again, ms since the epoch. */
  until: number | null;
}

export type Result<T> = { ok: true; value: T } | { ok: false; fault: Fault };

export const fine = <T>(value: T): Result<T> => ({ ok: true, value });
export const failed = (fault: Fault): Result<never> => ({ ok: false, fault });

export function ownFault(code: 'offline' | 'timeout' | 'bad_answer', message = ''): Fault {
  return { status: 0, code, message, todo: null, where: null, left: null, until: null };
}

const text = (v: unknown): string | null => (typeof v === 'string' && v !== '' ? v : null);

/* What a FHIR status means, in our words; the server's own words come with it for what is wrong in a body. */
const outcomeCodes: Record<number, string> = { 401: 'no_session', 403: 'not_allowed', 404: 'not_found', 405: 'method', 409: 'conflict', 410: 'not_found', 412: 'conflict', 413: 'too_large', 415: 'media_type', 429: 'slow_down', 503: 'busy' };

/** Where an outcome tells a fault of PROTOCOL §1, by its own code. */
const ownSystem = 'https://yunqiao.invalid/fhir/fault';

/** An OperationOutcome, as the fault it tells. Null: it is none. */
function readOutcome(status: number, body: unknown): Partial<Fault> | null {
  if (!isRecord(body) || body['resourceType'] !== 'OperationOutcome' || !Array.isArray(body['issue'])) return null;
  const first: unknown = (body['issue'] as unknown[]).find((i) => isRecord(i) && (i['severity'] === 'error' || i['severity'] === 'fatal')) ?? (body['issue'] as unknown[])[0];
  const issue = isRecord(first) ? first : {};
  const details = isRecord(issue['details']) ? issue['details'] : {};
  const where: unknown = Array.isArray(issue['expression']) ? (issue['expression'] as unknown[])[0] : undefined;
  const coding: unknown = Array.isArray(details['coding']) ? (details['coding'] as unknown[]).find((c) => isRecord(c) && c['system'] === ownSystem) : undefined;
  const own = isRecord(coding) ? text(coding['code']) : null;
  return { code: own ?? outcomeCodes[status] ?? `fhir_${text(issue['code']) ?? 'error'}`, message: text(details['text']) ?? text(issue['diagnostics']) ?? '', where: text(where) };
}

export function readFault(status: number, body: unknown, retryAfter: string | null, now: number): Fault {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const until = text(error['until']);
  const wait_s = retryAfter === null ? NaN : Number(retryAfter);
  const at = until === null ? NaN : Date.parse(until);
  const outcome = readOutcome(status, body);
  return {
    status,
    code: text(error['code']) ?? `http_${status}`,
    message: text(error['message']) ?? whyRefused(body),
    todo: text(error['todo']),
    where: text(error['where']),
    left: typeof error['left'] === 'number' ? error['left'] : null,
    until: !Number.isNaN(at) ? at : Number.isFinite(wait_s) && wait_s > 0 ? now + wait_s * 1000 : null,
    ...outcome,
  };
}

/** The session is over: what was asked may be asked again after a login. */
export const isOver = (fault: Fault): boolean =>
  fault.status === 401 && (fault.code === 'no_session' || fault.code === 'session_expired');
