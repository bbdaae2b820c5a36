/* Rooms over HTTP (PROTOCOL §10.1). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';

const readRoom = obj({ id: str, title: str, created: instant, role: oneOf(['host', 'member'], 'member'), present: or(num, 0), state: oneOf(['open', 'closed'], 'open') });
export type Room = Out<typeof readRoom>;

const readPerson = obj({ account: str, display: str, roles: or(list(str), []) });
export type Person = Out<typeof readPerson>;

export interface Member { account: string; role: 'host' | 'member' }

export const rooms = (): Call<Room[]> => ({ method: 'GET', path: '/api/rooms', read: (v, at) => obj({ rooms: list(readRoom) })(v, at).rooms });

/** The consultation whose room it is; null: nobody's, or none of the reader's. */
export const visitOfRoom = (id: string): Call<string | null> =>
  ({ method: 'GET', path: `/api/rooms/${encodeURIComponent(id)}`, read: (v, at) => obj({ room: obj({ visit: maybe(str) }) })(v, at).room.visit });

export const roomPeople = (): Call<Person[]> => ({ method: 'GET', path: '/api/rooms/people', read: (v, at) => obj({ people: list(readPerson) })(v, at).people });

export const openRoom = (title: string, members: Member[]): Call<Room> =>
  ({ method: 'POST', path: '/api/rooms', body: { title, members }, read: (v, at) => obj({ room: readRoom })(v, at).room });

export const closeRoom = (id: string, reason: string): Call<null> =>
  ({ method: 'POST', path: `/api/rooms/${encodeURIComponent(id)}/close`, body: { reason }, read: nothing });

/* Passes by which a box or a program sends a picture or watches, without a browser (PROTOCOL §10.1, §10.3). */
const readPass = obj({ id: str, source: str, publish: or(bool, false), subscribe: or(bool, false), made: instant, ends: instant });
export type Pass = Out<typeof readPass>;
const readNewPass = obj({ token: str, id: str, ends: instant, whip: str, whep: str });
export type NewPass = Out<typeof readNewPass>;

export const passes = (room: string): Call<Pass[]> =>
  ({ method: 'GET', path: `/api/rooms/${encodeURIComponent(room)}/source-tokens`, read: (v, at) => obj({ tokens: list(readPass) })(v, at).tokens });
export const makePass = (room: string, source: string, publish: boolean, ttl_s: number): Call<NewPass> =>
  ({ method: 'POST', path: `/api/rooms/${encodeURIComponent(room)}/source-token`, body: { source, publish, subscribe: !publish, ttl_s }, read: readNewPass });
export const revokePass = (room: string, id: string): Call<null> =>
  ({ method: 'POST', path: `/api/rooms/${encodeURIComponent(room)}/source-tokens/revoke`, body: { id }, read: nothing });

const readJoin = obj({ token: str, ends: instant });
export const joinRoom = (id: string): Call<Out<typeof readJoin>> =>
  ({ method: 'POST', path: `/api/rooms/${encodeURIComponent(id)}/join`, body: {}, read: readJoin });
