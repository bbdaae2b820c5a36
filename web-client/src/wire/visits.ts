/* Consultations (PROTOCOL §17). */
import type { Call } from './http';
import { bool, instant, list, maybe, num, obj, oneOf, or, str, type Out } from './read';

export const visitStates = ['draft', 'active', 'more-info', 'arrived', 'in-progress', 'onleave', 'finished', 'closed', 'revoked', 'refused'] as const;
export type VisitState = (typeof visitStates)[number];
export const consentKinds = ['request', 'camera', 'recording', 'exception'] as const;
export type ConsentKind = (typeof consentKinds)[number];

const readAttached = obj({ reference: str, type: str, words: or(str, ''), at: or(str, ''), labels: or(list(str), []), seen: bool, files: or(num, 0) });
export type Attached = Out<typeof readAttached>;
const readPerson = obj({ account: or(str, ''), name: or(str, ''), role: or(str, '') });
const readConsent = obj({
  id: str, kind: oneOf(consentKinds, 'request'), says: oneOf(['agreed', 'refused', 'withdrawn', 'waiting'], 'waiting'), at: maybe(instant), by: or(str, ''), signed: or(bool, false),
  witness: or(str, ''), reason: or(str, ''), second: or(str, ''), people: or(list(readPerson), []),
});
export type VisitConsent = Out<typeof readConsent>;
const readGuest = obj({ account: str, name: or(str, ''), role: or(str, ''), waits: maybe(instant), admitted: maybe(instant) });
export type Guest = Out<typeof readGuest>;
const readBooking = obj({
  id: str, version: num, state: str, start: instant, end: instant, room: or(str, ''), opens: maybe(instant), closes: maybe(instant),
  seats: or(list(obj({ need: str, reference: or(str, ''), name: or(str, ''), answer: or(str, '') })), []),
});
const readVisit = obj({
  id: str, state: oneOf(visitStates, 'active'), inside: bool, patient: maybe(obj({ reference: str, name: or(str, ''), number: or(str, '') })), request: or(str, ''), needs: or(list(str), []), triage: or(str, ''),
  minutes: or(num, 40), made: maybe(instant), requester: or(str, ''), question: or(str, ''), from: or(str, ''), labels: or(list(str), []), named: or(list(str), []), why: or(str, ''),
  booking: maybe(readBooking), stands: obj({ request: bool, camera: bool, recording: bool, exception: bool }), may: or(list(str), []), lacks: or(list(str), []),
  waits: or(bool, false), admitted: or(bool, false), consents: or(list(readConsent), []),
  identity: maybe(obj({ how: or(list(str), []), at: maybe(instant), by: or(str, '') })), guests: or(list(readGuest), []), attached: or(list(readAttached), []),
  words: or(list(obj({ kind: oneOf(['question', 'answer'], 'question'), at: maybe(instant), by: or(str, ''), text: or(str, '') })), []),
});
export type Visit = Out<typeof readVisit>;

const one = (v: unknown, at: string): Visit => obj({ visit: readVisit })(v, at).visit;
const at = (id: string): string => `/api/visits/${encodeURIComponent(id)}`;

export interface VisitAsk { patient: string; from?: string; needs: readonly string[]; named: readonly string[]; question: string; triage: string; minutes: number; attached: readonly string[]; labels: readonly string[] }
export const visit = (id: string): Call<Visit> => ({ method: 'GET', path: at(id), read: one });
export const beginVisit = (ask: VisitAsk): Call<Visit> => ({ method: 'POST', path: '/api/visits', body: ask, read: one });
export const changeVisit = (id: string, ask: VisitAsk): Call<Visit> => ({ method: 'POST', path: at(id), body: ask, read: one });
export const previewVisit = (patient: string, attached: readonly string[], labels: readonly string[]): Call<Attached[]> =>
  ({ method: 'POST', path: '/api/visits/preview', body: { patient, attached, labels }, read: (v, where) => obj({ attached: list(readAttached) })(v, where).attached });
export const visitStep = (id: string, verb: string, body: Record<string, unknown> = {}): Call<Visit> => ({ method: 'POST', path: `${at(id)}/${verb}`, body, read: one });
const grades = ['good', 'fair', 'poor', 'lost'] as const;
export type LineGrade = (typeof grades)[number];
const readMinute = obj({ at: instant, grade: oneOf(grades, 'good'), loss: num, loss_worst: num, rtt_ms: num, kbps: num });
export type LineMinute = Out<typeof readMinute>;
const readLine = obj({ kind: oneOf(['person', 'source'], 'person'), name: str, share: obj({ good: num, fair: num, poor: num, lost: num }), up: list(readMinute), down: list(readMinute), stayed_bad: maybe(obj({ since: instant, last: instant, minutes: num })) });
export type CallLine = Out<typeof readLine>;
/** How each line of the conversation was, minute by minute; loss in thousandths, up: from the participant to the server. */
export const callQuality = (id: string): Call<CallLine[]> => ({ method: 'GET', path: `${at(id)}/call-quality`, read: (v, where) => obj({ lines: list(readLine) })(v, where).lines });
/** Those under way, of one patient or all. */
export const visits = (patient = ''): Call<Visit[]> => ({ method: 'GET', path: `/api/visits${patient === '' ? '' : `?patient=${encodeURIComponent(patient)}`}`, read: (v, where) => obj({ visits: list(readVisit) })(v, where).visits });
