/* PROTOCOL §2. A ticket links the steps and opens nothing else. */
import type { Call } from './http';
import { list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';
import { readRole } from './roles';

export const readLogin = obj({
  next: oneOf(['totp', 'enrol', 'password', 'done']),
  ticket: or(str, ''),
  account: maybe(obj({ name: str, display: str, roles: list(readRole) })),
});
export type Login = Out<typeof readLogin>;

export const readEnrol = obj({ secret: str, uri: str, qr: str });
export type Enrol = Out<typeof readEnrol>;

const readDone = obj({ next: oneOf(['done']), recovery_left: maybe(num) });
const readCodes = obj({ recovery_codes: list(str) });

export const login = (name: string, password: string): Call<Login> =>
  ({ method: 'POST', path: '/api/login', body: { name, password }, read: readLogin });

/** At a terminal: whom the device beside it has recognised; 409 `face_waiting` until then. */
export const loginFace = (): Call<Login> => ({ method: 'POST', path: '/api/login/face', body: {}, read: readLogin });

export const loginPassword = (ticket: string, password: string): Call<Login> =>
  ({ method: 'POST', path: '/api/login/password', body: { ticket, password }, read: readLogin });

export const loginTotp = (ticket: string, code: string): Call<Out<typeof readDone>> =>
  ({ method: 'POST', path: '/api/login/totp', body: { ticket, code }, read: readDone });

export const loginEnrol = (ticket: string): Call<Enrol> =>
  ({ method: 'POST', path: '/api/login/enrol', body: { ticket }, read: readEnrol });

export const loginEnrolConfirm = (ticket: string, code: string): Call<Out<typeof readCodes>> =>
  ({ method: 'POST', path: '/api/login/enrol/confirm', body: { ticket, code }, read: readCodes });

export const logout = (): Call<null> => ({ method: 'POST', path: '/api/logout', body: {}, read: nothing });
