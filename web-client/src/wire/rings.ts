/* A specialist at once: rung one after the other (PROTOCOL §14). */
import type { Call } from './http';
import { instant, list, maybe, num, obj, or, str, type Out } from './read';

const readPerson = obj({ reference: str, name: str, place: or(str, ''), state: str });
const readRing = obj({
  id: str, state: str, need: str, minutes: num, made: instant, round: or(num, 0), ends: maybe(instant), by: or(str, ''), clinic: or(str, ''), mine: or(str, ''),
  displaced: or(num, 0), people: or(list(readPerson), []), booking: or(str, ''), room: or(str, ''),
});
export type Ring = Out<typeof readRing>;

const one = (v: unknown, p: string): Ring => obj({ ring: readRing })(v, p).ring;
const at = (id: string): string => `/api/rings/${encodeURIComponent(id)}`;

export const rings = (): Call<Ring[]> => ({ method: 'GET', path: '/api/rings', read: (v, p) => obj({ rings: list(readRing) })(v, p).rings });
export const beginRing = (patient: string, need: string, minutes: number): Call<Ring> => ({ method: 'POST', path: '/api/rings', body: { patient, need, minutes }, read: one });
export const ringDo = (id: string, verb: 'answer' | 'decline' | 'cancel', person = ''): Call<Ring> =>
  ({ method: 'POST', path: `${at(id)}/${verb}`, body: person === '' ? {} : { person }, read: one });
