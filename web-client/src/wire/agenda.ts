/* Bookings, hours, who waits (PROTOCOL §14). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, or, str, type Out } from './read';

export const triages = ['emergency', 'urgent', 'soon', 'routine'] as const;
export type Triage = (typeof triages)[number];

const readSeat = obj({ need: str, answer: or(str, 'not-needed'), own: or(bool, false), reference: or(str, ''), name: or(str, ''), place: or(str, ''), what_words: or(str, ''), known: or(bool, false) });
export type Seat = Out<typeof readSeat>;

export const readBooking = obj({
  id: str, version: num, state: str, triage: or(str, 'routine'), start: instant, end: instant, until: maybe(instant), moved: or(num, 0), own: or(bool, false),
  side: or(str, ''), reason: or(str, ''), seats: list(readSeat), room: or(str, ''), visit: or(str, ''), opens: maybe(instant), closes: maybe(instant),
  tentative: or(list(obj({ reference: str, name: or(str, ''), start: instant, end: instant })), []),
});
export type Booking = Out<typeof readBooking>;

const readProposal = obj({ start: instant, end: instant, wait_min: num, late_min: num, strangers: num, load_min: num, why: str, seats: list(readSeat) });
export type Proposal = Out<typeof readProposal>;

const readBlock = obj({
  twice: or(bool, false),
  needs: list(obj({ need: str, state: str, most: or(num, 0), alone: or(bool, false), against: or(list(str), []) })),
  changes: list(obj({ start: instant, extend_days: or(num, 0), shorter_min: or(num, 0), drop: or(str, ''), other: or(str, ''), reference: or(str, ''), name: or(str, '') })),
});
export type Block = Out<typeof readBlock>;
const readFound = obj({ proposals: list(readProposal), block: maybe(readBlock) });
export type Found = Out<typeof readFound>;

const readResource = obj({ kind: str, reference: str, name: str, what: or(str, ''), what_words: or(str, ''), place: or(str, ''), role: or(str, ''), zone: or(str, ''), suspended: or(bool, false), licence_ends: maybe(instant) });
export type Resource = Out<typeof readResource>;

const readSpan = obj({ start: instant, end: instant, booking: or(str, '') });
const readRow = obj({ kind: str, reference: str, name: str, what: or(str, ''), what_words: or(str, ''), place: or(str, ''), free: list(readSpan), taken: list(readSpan) });
export type BoardRow = Out<typeof readRow>;

const readNeed = obj({ need: str, reference: or(str, ''), name: or(str, '') });
export type Need = Out<typeof readNeed>;
const readWaiting = obj({
  request: str, patient: str, name: or(str, ''), triage: str, aged: str, since: instant, target: instant, earliest: maybe(instant), minutes: num,
  offer: or(str, ''), offered_until: maybe(instant), needs: list(readNeed),
});
export type Waiting = Out<typeof readWaiting>;

const readMessage = obj({ number: num, made: instant, kind: str, start: instant, end: instant, minutes: or(num, 0), read: bool, booking: str });
export type Message = Out<typeof readMessage>;

const at = (ms: number): string => new Date(ms).toISOString();
const part = encodeURIComponent;

export interface Ask { patient?: string; needs: { need: string; reference?: string }[]; minutes: number; from: number; until: number; triage: Triage }
export const find = (ask: Ask): Call<Found> =>
  ({ method: 'POST', path: '/api/agenda/find', body: { ...ask, from: at(ask.from), until: at(ask.until) }, read: readFound });

const readOccurrence = obj({ due: str, found: str, proposal: maybe(readProposal) });
export type Occurrence = Out<typeof readOccurrence>;
export interface SeriesAsk { patient?: string; needs: { need: string; reference?: string }[]; minutes: number; triage: Triage; first: string; unit: 'weeks' | 'months'; every: number; count: number; tolerance: number; at: string }
export const series = (ask: SeriesAsk): Call<Occurrence[]> =>
  ({ method: 'POST', path: '/api/agenda/series', body: ask, read: (v, p) => obj({ occurrences: list(readOccurrence) })(v, p).occurrences });

export const resources = (kind: string, words: string): Call<Resource[]> =>
  ({ method: 'GET', path: `/api/agenda/resources?kind=${part(kind)}&text=${part(words)}`, read: (v, p) => obj({ resources: list(readResource) })(v, p).resources });

/** Specialists of one specialty who can be booked. */
export const specialistsOf = (specialty: string): Call<Resource[]> =>
  ({ method: 'GET', path: `/api/agenda/resources?kind=specialist&what=${part(specialty)}`, read: (v, p) => obj({ resources: list(readResource) })(v, p).resources });

export const board = (from: number, until: number, kind: string, what = ''): Call<BoardRow[]> =>
  ({ method: 'GET', path: `/api/agenda/board?from=${at(from)}&until=${at(until)}&kind=${part(kind)}&what=${part(what)}`, read: (v, p) => obj({ rows: list(readRow) })(v, p).rows });

export const waiting = (): Call<Waiting[]> => ({ method: 'GET', path: '/api/waiting', read: (v, p) => obj({ waiting: list(readWaiting) })(v, p).waiting });

const readEngagement = obj({ id: str, start: instant, end: instant, reference: or(str, '') });
const readBookings = obj({ bookings: list(readBooking), engagements: list(readEngagement) });
export type Bookings = Out<typeof readBookings>;
/** In the order of their beginning. */
export const bookings = (from: number, until: number): Call<Bookings> => ({
  method: 'GET', path: `/api/bookings?from=${at(from)}&until=${at(until)}`,
  read: (v, p) => { const got = readBookings(v, p); got.bookings.sort((a, b) => a.start - b.start); return got; },
});

const one = (v: unknown, p: string): Booking => obj({ booking: readBooking })(v, p).booking;
const seatsOf = (seats: readonly Seat[]): { need: string; reference: string }[] =>
  seats.filter((s) => s.need !== 'patient').map((s) => ({ need: s.need, reference: s.reference }));

export interface Start { patient?: string; request?: string; triage: Triage; start: number; minutes: number; seats: readonly Seat[]; ask: boolean }
export const start = (s: Start): Call<Booking> => ({ method: 'POST', path: '/api/bookings', body: { ...s, start: at(s.start), seats: seatsOf(s.seats) }, read: one });

export const happen = (b: Booking, verb: string, more: Record<string, string> = {}): Call<Booking> =>
  ({ method: 'POST', path: `/api/bookings/${part(b.id)}/${verb}`, body: { version: b.version, ...more }, read: one });

const readOverride = obj({ booking: readBooking, displaced: or(list(readBooking), []), engagements: or(num, 0) });
export type Overridden = Out<typeof readOverride>;
/** An emergency: the earliest time there is, by whoever can, whatever yields; what had to go stands in the answer. */
export const override = (w: Waiting, until: number, reason: string): Call<Overridden> => ({
  method: 'POST', path: '/api/bookings/override', read: readOverride,
  body: { patient: w.patient, request: w.request, needs: w.needs.map(({ need }) => ({ need })), minutes: w.minutes, until: at(until), reason },
});

/** As it is now. */
export const booking = (id: string): Call<Booking> => ({ method: 'GET', path: `/api/bookings/${part(id)}`, read: one });

/** The next best for one that somebody declined or that lost its place: the same people, where they can be. */
export const placeAgain = (b: { id: string }): Call<Booking> => ({ method: 'POST', path: `/api/bookings/${part(b.id)}/repair`, body: {}, read: one });

export const propose = (b: Booking, to: number): Call<Booking> =>
  ({ method: 'POST', path: `/api/bookings/${part(b.id)}/propose`, body: { version: b.version, start: at(to) }, read: one });

export const retriage = (request: string, triage: Triage, reason: string): Call<null> =>
  ({ method: 'POST', path: `/api/waiting/${part(request.replace('ServiceRequest/', ''))}/triage`, body: reason === '' ? { triage } : { triage, reason }, read: nothing });

export const move = (b: Booking, to: number, seats: readonly Seat[]): Call<Booking> =>
  ({ method: 'POST', path: `/api/bookings/${part(b.id)}/move`, body: { version: b.version, start: at(to), minutes: Math.round((b.end - b.start) / 60_000), seats: seatsOf(seats) }, read: one });

/** Whether whoever takes part may go in now; who comes from outside is let in from `opens` to `closes`. */
export const isOpen = (b: Booking, at: number): boolean => b.room !== '' && (b.opens === null || (at >= b.opens && (b.closes === null || at < b.closes)));

export const messages = (): Call<Message[]> => ({ method: 'GET', path: '/api/messages', read: (v, p) => obj({ messages: list(readMessage) })(v, p).messages });

const readText = obj({ text: str, version: num });
export const siteText = (name: string): Call<Out<typeof readText>> => ({ method: 'GET', path: `/api/agenda/texts/${part(name)}`, read: readText });
export const putSiteText = (name: string, text: string, version: number): Call<null> => ({ method: 'PUT', path: `/api/agenda/texts/${part(name)}`, body: { text, version }, read: nothing });

const readWeekly = obj({ days: list(str), from: str, until: str, every: or(num, 1) });
export type Weekly = Out<typeof readWeekly>;
const readHours = obj({
  version: num, name: or(str, ''), zone: or(str, ''), weekly: list(readWeekly), leave: list(obj({ start: instant, end: instant })),
  extra: list(obj({ day: str, from: maybe(str), until: maybe(str) })),
  limits: obj({ before: num, after: num, notice: num, horizon: num, 'day-bookings': num, 'day-minutes': num }),
});
export type Hours = Out<typeof readHours>;
export const hours = (role: string): Call<Hours> => ({ method: 'GET', path: `/api/agenda/hours/${part(role)}`, read: readHours });
export const putHours = (role: string, h: Hours): Call<null> => ({
  method: 'PUT', path: `/api/agenda/hours/${part(role)}`, read: nothing,
  body: {
    version: h.version, zone: h.zone, weekly: h.weekly, limits: h.limits, leave: h.leave.map((l) => ({ start: at(l.start), end: at(l.end) })),
    extra: h.extra.map((e) => (e.from === null || e.until === null ? { day: e.day } : { day: e.day, from: e.from, until: e.until })),
  },
});
const readOwn = obj({ role: maybe(str), standing: or(str, ''), licence_ends: maybe(instant) });
/** One's own place among those who can be booked; role null: none. */
export const ownPlace = (): Call<Out<typeof readOwn>> => ({ method: 'GET', path: '/api/agenda/own', read: readOwn });

export const feed = (): Call<number | null> => ({ method: 'GET', path: '/api/calendar-feed', read: (v, p) => obj({ made: maybe(instant) })(v, p).made });
export const endFeed = (): Call<null> => ({ method: 'DELETE', path: '/api/calendar-feed', read: nothing });
export const makeFeed = (): Call<string> => ({ method: 'POST', path: '/api/calendar-feed', body: {}, read: (v, p) => obj({ path: str })(v, p).path });
