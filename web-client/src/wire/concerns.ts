/* Concerns: somebody, or a cell, that the clinic is to look at, raised by a platform outside or by the house itself (PROTOCOL §16). */
import type { Call } from './http';
import { instant, list, maybe, obj, oneOf, or, str, type Out } from './read';

const readConcern = obj({
  id: str, state: oneOf(['received', 'seen', 'done'], 'received'), kind: str, patient: obj({ id: or(str, ''), name: or(str, ''), number: or(str, ''), cell: or(str, '') }), cell: or(str, ''), source: or(str, ''), at: maybe(instant), due: maybe(instant), by: or(str, ''),
});
export type Concern = Out<typeof readConcern>;
export const concerns = (): Call<Concern[]> => ({ method: 'GET', path: '/api/concerns', read: (v, at) => obj({ concerns: list(readConcern) })(v, at).concerns });
export const concernDo = (id: string, verb: 'seen' | 'done'): Call<Concern> => ({ method: 'POST', path: `/api/concerns/${encodeURIComponent(id)}/${verb}`, body: {}, read: (v, at) => obj({ concern: readConcern })(v, at).concern });
