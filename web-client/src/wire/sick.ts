/* Sick calls, visits in the clinic and what is late (PROTOCOL §16). */
import type { Call } from './http';
import { anything, instant, list, maybe, num, obj, oneOf, or, str, type Out } from './read';

const readPatient = obj({ id: str, name: str, number: str, cell: str });
const readVisitOf = obj({ id: str, state: str, start: maybe(instant), doctor: or(str, '') });
const readCall = obj({
  id: str, number: or(num, 0), regions: or(list(str), []), voice: maybe(obj({ ms: num })), state: str, triage: or(str, ''), patient: readPatient, words: str, place: or(str, ''), door: or(str, ''), by: or(str, ''), asked: maybe(instant), received: maybe(instant),
  triaged: maybe(instant), seen: maybe(instant), linked: or(str, ''), answer: or(str, ''), outcome: or(str, ''), going: or(maybe(instant), null), going_by: or(str, ''), visit: maybe(readVisitOf), clock: or(oneOf(['triage', 'seen', ''], ''), ''), due: maybe(instant), clock_from: maybe(instant), like: or(list(str), []),
});
export type SickCall = Out<typeof readCall>;
const one = (v: unknown, at: string): SickCall => obj({ call: readCall })(v, at).call;
const placeOf = (id: string): string => `/api/sick-calls/${encodeURIComponent(id)}`;

/** Those that are open. */
export const sickCalls = (): Call<SickCall[]> => ({ method: 'GET', path: '/api/sick-calls', read: (v, at) => obj({ calls: list(readCall) })(v, at).calls });
export interface Asked { patient: string; words: string; place?: string; door: string; asked?: string }
export const enterCall = (asked: Asked): Call<SickCall> => ({ method: 'POST', path: '/api/sick-calls', body: { ...asked, patient: `Patient/${asked.patient}` }, read: one });
/** Where its note by voice lies. */
export const voiceAt = (id: string): string => `${placeOf(id)}/voice`;
export type CallVerb = 'go' | 'triage' | 'visit' | 'answer' | 'link' | 'part' | 'close' | 'withdraw';
export const callDo = (id: string, verb: CallVerb, body: Readonly<Record<string, string>> = {}): Call<SickCall> => ({ method: 'POST', path: `${placeOf(id)}/${verb}`, body, read: one });

const readVisit = obj({
  id: str, state: str, patient: readPatient, call: or(str, ''), words: or(str, ''), start: maybe(instant), begun: maybe(instant), end: maybe(instant), doctor: or(str, ''), outcome: or(str, ''), sights: or(num, 0),
});
export type LocalVisit = Out<typeof readVisit>;
const visitOf = (v: unknown, at: string): LocalVisit => obj({ visit: readVisit })(v, at).visit;
export const localVisits = (from: number, until: number): Call<LocalVisit[]> =>
  ({ method: 'GET', path: `/api/local-visits?from=${new Date(from).toISOString()}&until=${new Date(until).toISOString()}`, read: (v, at) => obj({ visits: list(readVisit) })(v, at).visits });
export const localVisit = (id: string): Call<LocalVisit> => ({ method: 'GET', path: `/api/local-visits/${encodeURIComponent(id)}`, read: visitOf });
export type VisitVerb = 'arrive' | 'prepare' | 'begin' | 'finish' | 'cancel' | 'sight';
export const visitDo = (id: string, verb: VisitVerb, body: Readonly<Record<string, string>> = {}): Call<LocalVisit> =>
  ({ method: 'POST', path: `/api/local-visits/${encodeURIComponent(id)}/${verb}`, body, read: visitOf });

const readRow = obj({ kind: str, type: str, id: str, due: instant, since: instant, patient: readPatient, words: or(str, ''), value: or(str, ''), unit: or(str, ''), flag: or(str, '') });
export type WorkRow = Out<typeof readRow>;
export const overdue = (): Call<WorkRow[]> => ({ method: 'GET', path: '/api/overdue', read: (v, at) => obj({ overdue: list(readRow) })(v, at).overdue });
export const results = (): Call<WorkRow[]> => ({ method: 'GET', path: '/api/results', read: (v, at) => obj({ results: list(readRow) })(v, at).results });
export const acknowledge = (type: string, id: string): Call<unknown> => ({ method: 'POST', path: `/api/results/${type}/${encodeURIComponent(id)}/acknowledge`, body: {}, read: anything });
/** Since when an emergency has had nobody, and when the clinic said that somebody goes; null: there is none. */
const readAlarm = obj({ since: maybe(instant), coming: maybe(instant) });
export type Alarm = Out<typeof readAlarm>;
export const alarm = (): Call<Alarm> => ({ method: 'GET', path: '/api/alarm', read: readAlarm });
