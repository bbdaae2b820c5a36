/* Escorts' tasks: when and where, and what is reported of them (PROTOCOL §14). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';

export const steps = ['requested', 'accepted', 'collected', 'delivered', 'returned', 'failed'] as const;
export type Step = (typeof steps)[number];

const readEscort = obj({
  id: str, step: oneOf(steps), name: or(str, ''), number: or(str, ''), cell: or(str, ''), room: or(str, ''), start: instant, end: instant, at: maybe(instant), reason: or(str, ''), owner: or(str, ''),
});
export type Escort = Out<typeof readEscort>;

export const verbs = { accepted: 'accept', collected: 'collect', delivered: 'deliver', returned: 'return', failed: 'cannot' } as const;
export type Told = keyof typeof verbs;

const at = (ms: number): string => new Date(ms).toISOString();
export const escorts = (from: number, until: number): Call<Escort[]> => ({ method: 'GET', path: `/api/escorts?from=${at(from)}&until=${at(until)}`, read: (v, p) => obj({ escorts: list(readEscort) })(v, p).escorts });

const readTold = obj({ step: str, changed: bool });
export const report = (id: string, step: Told, when: number, reason: string | null): Call<Out<typeof readTold>> =>
  ({ method: 'POST', path: `/api/escorts/${encodeURIComponent(id)}/${verbs[step]}`, body: reason === null ? { at: at(when) } : { at: at(when), reason }, read: readTold });

/* Engagements: times that custody keeps of a detainee. */
const readEngagement = obj({ id: str, kind: str, patient: str, name: or(str, ''), start: instant, end: instant, aside: or(bool, false) });
export type Engagement = Out<typeof readEngagement>;
export const engagements = (from: number, until: number): Call<Engagement[]> =>
  ({ method: 'GET', path: `/api/engagements?from=${at(from)}&until=${at(until)}`, read: (v, p) => obj({ engagements: list(readEngagement) })(v, p).engagements });
export const addEngagement = (patient: string, kind: string, start: number, minutes: number): Call<number> =>
  ({ method: 'POST', path: '/api/engagements', body: { patient, kind, start: at(start), minutes }, read: (v, p) => obj({ displaced: num })(v, p).displaced });
export const cancelEngagement = (id: string): Call<null> => ({ method: 'POST', path: `/api/engagements/${encodeURIComponent(id)}/cancel`, body: {}, read: nothing });
