/* One request, one Result. Never throws. Knows no session: who is asking comes with `as`. */
import { BadAnswer, type Read } from './read';
import { failed, fine, ownFault, readFault, type Result } from './fault';

export interface Call<T> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  /** Sent form-encoded in place of a body: what is searched for never stands in an address. */
  form?: readonly (readonly [string, string])[];
  /** Sent as it lies, in place of a body; `media` says what it is. */
  file?: Blob;
  /** How long an answer may take, where it is not the usual. */
  wait_ms?: number;
  /** Of the body; application/json unless said. */
  media?: string;
  /** Beside those that every request has. */
  headers?: Readonly<Record<string, string>>;
  read: Read<T>;
  /** Outlives the page: for a last save while leaving. */
  keepalive?: boolean;
  /** Somebody is there, whatever their hands do. */
  attended?: boolean;
}

export interface Asker {
  csrf: string | null;
  lang: string;
  /** Nobody has touched the page for a while: it asks by itself, and that is no work (X-Unattended). */
  unattended: boolean;
}

const wait_ms = 20_000;

/** The server's clock minus ours, from the Date header; good to a second, better ones come from /api/session and the socket. */
export let headerSkew_ms = 0;

export async function perform<T>(call: Call<T>, as: Asker): Promise<Result<T>> {
  const headers: Record<string, string> = { 'Accept-Language': as.lang };
  Object.assign(headers, call.headers);
  if (call.body !== undefined) headers['Content-Type'] = call.media ?? 'application/json';
  if (call.file !== undefined) headers['Content-Type'] = call.media ?? 'application/octet-stream';
  if (call.form !== undefined) headers['Content-Type'] = 'application/x-www-form-urlencoded';
  if (call.method !== 'GET' && as.csrf !== null) headers['X-CSRF-Token'] = as.csrf;
  if (as.unattended && call.attended !== true) headers['X-Unattended'] = '1';

  let answer: Response;
  try {
    answer = await fetch(call.path, {
      method: call.method,
      headers,
      body: call.file !== undefined ? call.file : call.form !== undefined ? new URLSearchParams(call.form.map(([k, v]) => [k, v])).toString() : call.body === undefined ? null : JSON.stringify(call.body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      keepalive: call.keepalive === true,
      signal: AbortSignal.timeout(call.wait_ms ?? wait_ms),
    });
  } catch (e) {
    return failed(ownFault(e instanceof DOMException && e.name === 'TimeoutError' ? 'timeout' : 'offline'));
  }

  const date = Date.parse(answer.headers.get('Date') ?? '');
  if (!Number.isNaN(date) && Math.abs(date - Date.now()) > 1500) headerSkew_ms = date + 500 - Date.now();

  let body: unknown = null;
  try {
    const raw = answer.status === 204 || answer.status === 202 ? '' : await answer.text();
    body = raw === '' ? null : JSON.parse(raw);
  } catch {
    if (answer.ok) return failed(ownFault('bad_answer', call.path));
  }

  if (!answer.ok) return failed(readFault(answer.status, body, answer.headers.get('Retry-After'), Date.now()));
  try {
    return fine(call.read(body, ''));
  } catch (e) {
    if (e instanceof BadAnswer) return failed(ownFault('bad_answer', `${call.method} ${call.path}: ${e.message}`));
    throw e;
  }
}
