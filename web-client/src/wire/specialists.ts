/* Hospitals outside and their specialists: invited, approved, suspended (PROTOCOL §14). */
import { readBooking } from './agenda';
import type { Call } from './http';
import { readLogin, type Login } from './login';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

const readHospital = obj({ id: str, name: str, active: bool, specialists: num, departments: or(list(str), []) });
export type Hospital = Out<typeof readHospital>;

const readSpecialist = obj({
  role: str, reference: str, name: str, what: or(str, ''), place: or(str, ''), hospital: or(str, ''), title: or(str, ''), standing: str, why: or(str, ''),
  licence: or(str, ''), licence_ends: maybe(instant), licence_state: str, login: maybe(str), second_factor: or(bool, false),
});
export type Specialist = Out<typeof readSpecialist>;

const readWhole = obj({ specialist: readSpecialist, bookings: list(readBooking) });
export type Whole = Out<typeof readWhole>;

const readInvitation = obj({ id: num, name: str, hospital: str, specialty: str, title: str, made: instant, by: str, ends: instant, state: str });
export type Invitation = Out<typeof readInvitation>;

const part = encodeURIComponent;

export const hospitals = (): Call<Hospital[]> => ({ method: 'GET', path: '/api/hospitals', read: (v, p) => obj({ hospitals: list(readHospital) })(v, p).hospitals });
export const putDepartments = (id: string, departments: readonly string[]): Call<null> =>
  ({ method: 'POST', path: `/api/hospitals/${part(id)}/departments`, body: { departments }, read: nothing });
export const putHospital = (id: string | null, name: string, active: boolean): Call<null> =>
  ({ method: 'POST', path: id === null ? '/api/hospitals' : `/api/hospitals/${part(id)}`, body: { name, active }, read: nothing });

export const specialists = (words: string, state: string, hospital: string): Call<Specialist[]> =>
  ({ method: 'GET', path: `/api/specialists?text=${part(words)}&state=${part(state)}&hospital=${part(hospital)}`, read: (v, p) => obj({ specialists: list(readSpecialist) })(v, p).specialists });
export const specialist = (role: string): Call<Whole> => ({ method: 'GET', path: `/api/specialists/${part(role)}`, read: readWhole });
export type Verb = 'approve' | 'decline' | 'suspend' | 'reinstate';
export const changeSpecialist = (role: string, verb: Verb, reason: string | null): Call<Whole> =>
  ({ method: 'POST', path: `/api/specialists/${part(role)}/${verb}`, body: reason === null ? {} : { reason }, read: readWhole });
export const putLicence = (role: string, number: string, ends: string): Call<Whole> =>
  ({ method: 'POST', path: `/api/specialists/${part(role)}/licence`, body: { number, ends }, read: readWhole });

export const invitations = (): Call<Invitation[]> => ({ method: 'GET', path: '/api/invitations', read: (v, p) => obj({ invitations: list(readInvitation) })(v, p).invitations });
const readMade = obj({ id: num, path: str, ends: instant });
export interface Invite { name: string; hospital: string; specialty: string; title: string; days: number }
export const makeInvitation = (i: Invite): Call<Out<typeof readMade>> => ({ method: 'POST', path: '/api/invitations', body: { ...i }, read: readMade });
export const withdrawInvitation = (id: number): Call<null> => ({ method: 'POST', path: `/api/invitations/${id}/withdraw`, body: {}, read: nothing });

/* Without a login: by whoever holds the link. */
const readOpened = obj({ site: str, name: str, hospital: str, specialty: str, title: str, ends: instant });
export type Opened = Out<typeof readOpened>;
export const openInvite = (secret: string): Call<Opened> => ({ method: 'POST', path: '/api/invite/open', body: { secret }, read: readOpened });
export interface Coming { secret: string; login: string; name: string; licence: string; licence_ends: string; password: string }
export const acceptInvite = (c: Coming): Call<Login> => ({ method: 'POST', path: '/api/invite/accept', body: { ...c }, read: readLogin });
