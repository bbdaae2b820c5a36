/* Escorts' tasks: when and where, and what is reported of them (PROTOCOL §14). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';

export const steps = ['requested', 'accepted', 'collected', 'delivered', 'returned', 'failed'] as const;
export type Step = (typeof steps)[number];

const readEscort = obj({
  id: str, step: oneOf(steps), name: or(str, ''), number: or(str, ''), cell: or(str, ''), room: or(str, ''), start: instant, end: instant, at: maybe(instant), reason: or(str, ''), owner: or(str, ''),
  precautions: or(list(str), []), outing: or(maybe(obj({ means: str, vehicle: or(str, ''), officers: num, arranged: bool })), null),
});
export type Escort = Out<typeof readEscort>;
export const readEscorts = list(readEscort);

export const verbs = { accepted: 'accept', collected: 'collect', delivered: 'deliver', returned: 'return', failed: 'cannot' } as const;
export type Told = keyof typeof verbs;

const at = (ms: number): string => new Date(ms).toISOString();
export const escorts = (from: number, until: number): Call<Escort[]> => ({ method: 'GET', path: `/api/escorts?from=${at(from)}&until=${at(until)}`, read: (v, p) => obj({ escorts: readEscorts })(v, p).escorts });

const readTold = obj({ step: str, changed: bool });
export const report = (id: string, step: Told, when: number, reason: string | null, key: string): Call<Out<typeof readTold>> =>
  ({ method: 'POST', path: `/api/escorts/${encodeURIComponent(id)}/${verbs[step]}`, body: reason === null ? { at: at(when), key } : { at: at(when), reason, key }, read: readTold });

/** To a hospital outside: who of the guards leads, how many go, in what; the duty command says it. */
export const vehicles = ['car', 'van', 'ambulance'] as const;
export type Vehicle = (typeof vehicles)[number];
const readLead = obj({ id: str, name: or(str, '') });
export const escortPeople = (): Call<Out<typeof readLead>[]> => ({ method: 'GET', path: '/api/escorts/people', read: (v, p) => obj({ people: list(readLead) })(v, p).people });
export const arrangeEscort = (id: string, lead: string, officers: number, vehicle: Vehicle): Call<null> => ({ method: 'POST', path: `/api/escorts/${encodeURIComponent(id)}/arrange`, body: { lead, officers, vehicle }, read: nothing });

/** Who is to be kept apart just now. */
const readApart = obj({ name: or(str, ''), number: or(str, ''), cell: or(str, ''), place: or(str, ''), until: or(maybe(instant), null) });
export type Apart = Out<typeof readApart>;
export const isolated = (): Call<Apart[]> => ({ method: 'GET', path: '/api/isolation', read: (v, p) => obj({ isolated: list(readApart) })(v, p).isolated });

/** How many are kept apart and watched, by block; null: below five, or it would tell what is (rule 34). */
const readBlock = obj({ name: str, apart: maybe(num), watched: maybe(num) });
const readCounts = obj({ blocks: list(readBlock), apart: maybe(num), watched: maybe(num), shown_from: or(num, 5) });
export type WardCounts = Out<typeof readCounts>;
export const wardCounts = (): Call<WardCounts> => ({ method: 'GET', path: '/api/epidemic/counts', read: readCounts });
/** Illnesses that a doctor has told this very person. */
const readToldMe = obj({ name: or(str, ''), number: or(str, ''), cell: or(str, ''), illness: str, illness_en: str, reason: str, by: or(str, ''), at: instant });
export const toldMe = (): Call<Out<typeof readToldMe>[]> => ({ method: 'GET', path: '/api/epidemic/told', read: (v, p) => obj({ told: list(readToldMe) })(v, p).told });

/* Engagements: times that custody keeps of a detainee. */
const readOrder = obj({ number: str, authority: str, date: str });
export type Order = Out<typeof readOrder>;
const readEngagement = obj({ id: str, version: num, kind: str, patient: str, name: or(str, ''), start: instant, end: instant, aside: or(bool, false), order: maybe(readOrder) });
export type Engagement = Out<typeof readEngagement>;
const readVersion = obj({ version: num, at: instant, kind: str, start: instant, end: instant, state: oneOf(['booked', 'aside', 'cancelled'] as const), order: or(str, '') });
export type EngagementVersion = Out<typeof readVersion>;
const readTaken = obj({ start: instant, end: instant, what: str, id: or(str, '') });
export type Taken = Out<typeof readTaken>;

const path = (id: string): string => `/api/engagements/${encodeURIComponent(id)}`;
const readDisplaced = (v: unknown, p: string): number => obj({ displaced: num })(v, p).displaced;
export const engagements = (from: number, until: number): Call<Engagement[]> =>
  ({ method: 'GET', path: `/api/engagements?from=${at(from)}&until=${at(until)}`, read: (v, p) => obj({ engagements: list(readEngagement) })(v, p).engagements });
export const addEngagement = (patient: string, kind: string, start: number, minutes: number): Call<number> =>
  ({ method: 'POST', path: '/api/engagements', body: { patient, kind, start: at(start), minutes }, read: readDisplaced });
export const changeEngagement = (of: Engagement, kind: string, start: number, minutes: number): Call<number> =>
  ({ method: 'POST', path: path(of.id), body: { version: of.version, kind, start: at(start), minutes }, read: readDisplaced });
export const engagementHistory = (id: string): Call<EngagementVersion[]> => ({ method: 'GET', path: path(id), read: (v, p) => obj({ history: list(readVersion) })(v, p).history });
/** What stands in the way of a patient ("Patient/ID") then. */
export const takenOf = (patient: string, from: number, until: number): Call<Taken[]> =>
  ({ method: 'GET', path: `/api/engagements/taken?patient=${encodeURIComponent(patient)}&from=${at(from)}&until=${at(until)}`, read: (v, p) => obj({ taken: list(readTaken) })(v, p).taken });
export const orderEngagement = (id: string, order: Order): Call<null> => ({ method: 'POST', path: `${path(id)}/order`, body: order, read: nothing });
export const cancelEngagement = (id: string): Call<null> => ({ method: 'POST', path: `${path(id)}/cancel`, body: {}, read: nothing });
