/* PROTOCOL §4: the security admin's calls. */
import type { Call } from './http';
import { bool, instant, isRecord, list, maybe, nothing, num, obj, oneOf, or, str, type Out, type Read } from './read';
import { readRole, readWorld, type Role, type RoleRow } from './roles';

/** The instant alone, or the instant with where from. */
const readLast: Read<number> = (v, at) => instant(isRecord(v) ? v['at'] : v, at);

export const accountStates = ['active', 'disabled', 'locked'] as const;
export type AccountState = (typeof accountStates)[number];

export const readAccountRow = obj({
  id: str,
  name: str,
  display: str,
  staff_number: maybe(str),
  roles: list(readRole),
  world: maybe(readWorld),
  state: oneOf(accountStates),
  totp: bool,
  last_login: maybe(readLast),
  created: maybe(instant),
  locked_until: maybe(instant),
});
export type AccountRow = Out<typeof readAccountRow>;

const readPage = obj({ accounts: list(readAccountRow), next: maybe(str) });
const readOne = obj({ account: readAccountRow });
const readWithPassword = obj({ account: readAccountRow, password: str });
export type WithPassword = Out<typeof readWithPassword>;

export interface AccountQuery { q: string; role: Role | ''; state: AccountState | ''; after: string }

export const query = (fields: Record<string, string>): string => {
  const set = Object.entries(fields).filter(([, v]) => v !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set).toString()}`;
};

export const roleRows = (): Call<{ roles: RoleRow[] }> =>
  ({ method: 'GET', path: '/api/roles', read: obj({ roles: list(obj({ role: readRole, world: readWorld })) }) });

export const accounts = (by: AccountQuery): Call<Out<typeof readPage>> =>
  ({ method: 'GET', path: `/api/accounts${query({ ...by })}`, read: readPage });

export interface NewAccount { name: string; display: string; staff_number: string; roles: Role[] }

export const createAccount = (fresh: NewAccount): Call<WithPassword> =>
  ({ method: 'POST', path: '/api/accounts', body: fresh, read: readWithPassword });

const one = (id: string, act: string, body: unknown): Call<Out<typeof readOne>> =>
  ({ method: 'POST', path: `/api/accounts/${encodeURIComponent(id)}/${act}`, body, read: readOne });

export const setRoles = (id: string, roles: Role[]) => one(id, 'roles', { roles });
export const disableAccount = (id: string, reason: string) => one(id, 'disable', { reason });
export const enableAccount = (id: string, reason: string) => one(id, 'enable', { reason });
export const unlockAccount = (id: string, reason: string) => one(id, 'unlock', { reason });
export const logoutAccount = (id: string, reason: string) => one(id, 'logout', { reason });

export const resetAccount = (id: string, reason: string, totp: boolean): Call<WithPassword> =>
  ({ method: 'POST', path: `/api/accounts/${encodeURIComponent(id)}/reset`, body: { reason, totp }, read: readWithPassword });

const readLockouts = obj({
  accounts: list(obj({ id: str, name: str, display: str, locked_until: maybe(instant), failed: or(num, 0) })),
  addresses: list(obj({ from: str, failed: or(num, 0), until: maybe(instant) })),
});
export type Lockouts = Out<typeof readLockouts>;

export const lockouts = (): Call<Lockouts> => ({ method: 'GET', path: '/api/lockouts', read: readLockouts });

export const clearAddress = (from: string): Call<null> =>
  ({ method: 'POST', path: '/api/lockouts/clear', body: { from }, read: nothing });

const readTokenRow = obj({
  id: str,
  account: obj({ id: str, name: str, display: str }),
  label: str,
  created: instant,
  ends: instant,
  used: maybe(instant),
});
export type TokenRow = Out<typeof readTokenRow>;

const readTokens = obj({ tokens: list(readTokenRow), next: maybe(str) });
const readNewToken = obj({ token: str, id: str, ends: instant });
export type NewToken = Out<typeof readNewToken>;

export const tokens = (after: string): Call<Out<typeof readTokens>> =>
  ({ method: 'GET', path: `/api/tokens${query({ after })}`, read: readTokens });

export const createToken = (account: string, label: string, ttl_s: number): Call<NewToken> =>
  ({ method: 'POST', path: '/api/tokens', body: { account, label, ttl_s }, read: readNewToken });

export const revokeToken = (id: string, reason: string): Call<null> =>
  ({ method: 'POST', path: `/api/tokens/${encodeURIComponent(id)}/revoke`, body: { reason }, read: nothing });
