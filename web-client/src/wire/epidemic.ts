/* What spreads: cases, contacts, counts by block (PROTOCOL §20). */
import type { Call } from './http';
import { bool, instant, list, maybe, nothing, num, obj, oneOf, or, str, type Out } from './read';

const readPatient = obj({ id: str, name: str, number: str, cell: str });
export const caseStates = ['suspected', 'isolated', 'confirmed', 'excluded', 'released'] as const;
const readCase = obj({
  id: str, state: oneOf(caseStates), illness: str, class: or(str, ''), patient: readPatient, onset: instant, found: instant, isolated: maybe(instant), settled: maybe(instant), well: maybe(instant), negatives: or(num, 0),
  place: or(str, ''), apart: bool, until: instant, may_end: bool, due: maybe(instant), since: instant, reported: maybe(instant), number: or(str, ''), ended: maybe(instant), by: or(str, ''), was: or(str, ''), left: or(str, ''),
});
export type EpiCase = Out<typeof readCase>;
const readContact = obj({ id: str, of: str, patient: readPatient, cell: num, escort: num, room: num, gap: maybe(num), days: num, last: maybe(instant), until: maybe(instant), looked: maybe(instant), outcome: or(str, ''), due: instant, day: num, of_days: num, missed: num, today: bool });
export type Contact = Out<typeof readContact>;
const readOfficer = obj({ of: str, id: str, account: or(str, ''), name: str, minutes: num, days: num, last: instant, spoken: maybe(instant), by: or(str, '') });
export type Officer = Out<typeof readOfficer>;
const readPlace = obj({ id: str, name: str, kind: oneOf(['cell', 'room']), block: str, block_name: str, isolation: bool, people: num });
export type Place = Out<typeof readPlace>;
const readCount = obj({ block: str, sign: str, day: str, people: num });
const readIllness = obj({ code: str, zh: str, en: str, class: or(str, ''), apart_days: num, well_h: num, negatives: num });
export type Illness = Out<typeof readIllness>;
const readAll = obj({ cases: list(readCase), contacts: list(readContact), officers: list(readOfficer), places: list(readPlace), counts: list(readCount), alarms: list(readCount), commands: or(list(obj({ id: str, name: str })), []), illnesses: list(readIllness), alarm_people: num });
export type Epidemic = Out<typeof readAll>;

const at = (id: string): string => `/api/epidemic/cases/${encodeURIComponent(id)}`;
const one = (v: unknown, p: string): EpiCase => obj({ case: readCase })(v, p).case;
export const epidemic = (): Call<Epidemic> => ({ method: 'GET', path: '/api/epidemic', read: readAll });
export const suspect = (patient: string, illness: string, onset: number | null): Call<EpiCase> =>
  ({ method: 'POST', path: '/api/epidemic/cases', body: { patient: `Patient/${patient}`, illness, ...(onset === null ? {} : { onset: new Date(onset).toISOString() }) }, read: one });
export type CaseVerb = 'isolate' | 'confirm' | 'exclude' | 'course' | 'report' | 'trace' | 'officer';
export const caseDo = (id: string, verb: CaseVerb, body: Readonly<Record<string, string | number>> = {}): Call<EpiCase> => ({ method: 'POST', path: `${at(id)}/${verb}`, body, read: one });
export const release = (id: string, password: string): Call<null> => ({ method: 'POST', path: `${at(id)}/release`, body: { password }, read: () => null });
export const tell = (id: string, account: string, reason: string): Call<null> => ({ method: 'POST', path: `${at(id)}/tell`, body: { account, reason }, read: nothing });
export const contactLooked = (id: string, outcome: 'well' | 'ill' | 'gone'): Call<null> => ({ method: 'POST', path: `/api/epidemic/contacts/${encodeURIComponent(id)}`, body: { outcome }, read: () => null });
export const alarmSeen = (block: string, sign: string): Call<null> => ({ method: 'POST', path: '/api/epidemic/alarms', body: { block, sign }, read: nothing });
