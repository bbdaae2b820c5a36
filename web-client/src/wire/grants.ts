/* Grants (PROTOCOL §12): a specialist's way into one encounter, given, lengthened and taken back by the clinic's doctor. */
import type { Call } from './http';
import { instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readPerson = obj({ id: str, display: str });
const readGrant = obj({
  id: num, account: readPerson, encounter: str, starts: instant, ends: maybe(instant), given: instant, given_by: readPerson, signed: maybe(instant), revoked: maybe(instant), room: maybe(str), attached: or(list(str), []),
});
export type Grant = Out<typeof readGrant>;
const readOwn = obj({ id: num, patient: str, encounter: str, starts: instant, ends: maybe(instant), signed: maybe(instant), room: maybe(str) });
export type OwnGrant = Out<typeof readOwn>;

export interface Giving { account: string; encounter: string; starts: string; ends?: string; labels: string[]; attached: string[]; room?: string }

export const grants = (patient: string): Call<{ rows: Grant[] }> => ({ method: 'GET', path: `/api/grants?patient=${encodeURIComponent(patient)}`, read: obj({ rows: list(readGrant) }) });
export const ownGrants = (): Call<{ rows: OwnGrant[] }> => ({ method: 'GET', path: '/api/grants/own', read: obj({ rows: list(readOwn) }) });
export const giveGrant = (g: Giving): Call<{ id: number }> => ({ method: 'POST', path: '/api/grants', body: g, read: obj({ id: num }) });
export const extendGrant = (id: number, ends: string): Call<{ id: number }> => ({ method: 'POST', path: `/api/grants/${id}/extend`, body: { ends }, read: obj({ id: num }) });
export const revokeGrant = (id: number): Call<null> => ({ method: 'POST', path: `/api/grants/${id}/revoke`, body: {}, read: nothing });
