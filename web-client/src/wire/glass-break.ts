/* Breaking the glass (PROTOCOL §12, rule 11): what is restricted about one patient opens for an hour, and the privacy officer is told. */
import type { Call } from './http';
import { instant, list, num, obj, or, str, type Out } from './read';

const readOpen = obj({ patient: str, ends: instant });
export type OpenGlass = Out<typeof readOpen>;

export const openGlasses = (): Call<{ broken: OpenGlass[] }> => ({ method: 'GET', path: '/api/glass', read: obj({ broken: or(list(readOpen), []) }) });
export const breakGlass = (patient: string, reason: string, code: string): Call<{ id: number; ends: number }> =>
  ({ method: 'POST', path: '/api/glass', body: { patient, reason, code }, read: obj({ id: num, ends: instant }) });
