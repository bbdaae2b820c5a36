/* PROTOCOL §3: the session, the own account, drafts. */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';
import { readEnrol, type Enrol } from './login';
import { readRole, readWorld } from './roles';

/** person: the Practitioner or Patient that the account stands for in the record; null: none. */
const readOwn = obj({ id: str, name: str, display: str, roles: list(readRole), world: readWorld, person: maybe(str) });

export const readSession = obj({
  account: readOwn,
  csrf: str,
  resume: maybe(str),
  now: instant,
  started: instant,
  idle_s: num,
  ends: instant,
  last_login: maybe(obj({ at: instant, from: str })),
  failed_since: or(num, 0),
  site: obj({ name: str, zone: str }),
});
export type Session = Out<typeof readSession>;

export const session = (): Call<Session> => ({ method: 'GET', path: '/api/session', read: readSession });
/** Asks without moving the idle clock. */
export const sessionPeek = (): Call<Session> => ({ method: 'GET', path: '/api/session?peek=1', read: readSession });

const readOpen = obj({ id: str, started: instant, seen: instant, from: str, agent: or(str, ''), current: or(bool, false) });
const readToken = obj({ id: str, label: str, created: instant, ends: instant, used: maybe(instant) });

export const readAccount = obj({
  totp: bool,
  recovery_left: or(num, 0),
  password_changed: maybe(instant),
  sessions: list(readOpen),
  tokens: or(list(readToken), []),
});
export type OwnAccount = Out<typeof readAccount>;
export type OpenSession = Out<typeof readOpen>;
export type OwnToken = Out<typeof readToken>;

const readCodes = obj({ recovery_codes: list(str) });

export const account = (): Call<OwnAccount> => ({ method: 'GET', path: '/api/account', read: readAccount });

export const changePassword = (old: string, fresh: string, code: string): Call<null> =>
  ({ method: 'POST', path: '/api/account/password', body: { old, new: fresh, code }, read: nothing });

export const newRecoveryCodes = (code: string): Call<Out<typeof readCodes>> =>
  ({ method: 'POST', path: '/api/account/recovery-codes', body: { code }, read: readCodes });

export const newTotp = (password: string, code: string): Call<Enrol> =>
  ({ method: 'POST', path: '/api/account/totp', body: { password, code }, read: readEnrol });

export const confirmTotp = (code: string): Call<null> =>
  ({ method: 'POST', path: '/api/account/totp/confirm', body: { code }, read: nothing });

export const endSession = (id: string): Call<null> =>
  ({ method: 'POST', path: '/api/account/sessions/end', body: { id }, read: nothing });

export const endOtherSessions = (): Call<null> =>
  ({ method: 'POST', path: '/api/account/sessions/end', body: { others: true }, read: nothing });

/* drafts */
const readDraft = obj({ text: str, saved: instant });
export type Draft = Out<typeof readDraft>;

const draftPath = (key: string): string => `/api/drafts/${key.split('/').map(encodeURIComponent).join('/')}`;

/** A key as the server takes it: `[a-z0-9./-]{1,100}`. */
export const draftKey = (...parts: string[]): string =>
  parts.join('/').toLowerCase().replace(/[^a-z0-9./-]/g, '-').slice(0, 100);

export const draft = (key: string): Call<Draft> => ({ method: 'GET', path: draftPath(key), read: readDraft });

export const saveDraft = (key: string, text: string, keepalive = false): Call<{ saved: number }> =>
  ({ method: 'PUT', path: draftPath(key), body: { text }, read: obj({ saved: instant }), keepalive });

export const dropDraft = (key: string): Call<null> => ({ method: 'DELETE', path: draftPath(key), read: nothing });
