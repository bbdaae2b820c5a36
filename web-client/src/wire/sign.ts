/* PROTOCOL, signatures: one version of a record is signed with the password and a code once more. */
import type { Call } from './http';
import { nothing } from './read';

export const sign = (type: string, id: string, version: string, password: string, code: string): Call<null> =>
  ({ method: 'POST', path: `/api/records/${type}/${encodeURIComponent(id)}/sign`, body: { version: Number(version), password, code }, read: nothing });
