/* Who has come into custody: screened, signed, assessed; and what custody learns of it (PROTOCOL §16). */
import type { Call } from './http';
import { bool, instant, isRecord, list, maybe, num, obj, or, str, type Out, type Read } from './read';

export type Line = Record<string, string>;
export type Answers = Record<string, string | Line[]>;
export const readAnswers: Read<Answers> = (v) => {
  const out: Answers = {};
  if (!isRecord(v)) return out;
  for (const [key, value] of Object.entries(v)) {
    if (typeof value === 'string') out[key] = value;
    else if (Array.isArray(value)) out[key] = (value as unknown[]).filter(isRecord).map((l) => Object.fromEntries(Object.entries(l).filter((e): e is [string, string] => typeof e[1] === 'string')));
  }
  return out;
};
/** Answers as they were kept in a draft; null: it is none. */
export function answersOf(text: string): Answers | null {
  try {
    const v: unknown = JSON.parse(text);
    return isRecord(v) ? readAnswers(v, '') : null;
  } catch { return null; }
}
export const words = (a: Answers, key: string): string => { const v = a[key]; return typeof v === 'string' ? v : ''; };
export const lines = (a: Answers, key: string): Line[] => { const v = a[key]; return Array.isArray(v) ? v : []; };

const readPart = obj({ id: str, final: bool, saved: maybe(instant), by: or(str, ''), released: maybe(instant), answers: readAnswers });
export type Part = Out<typeof readPart>;
const readIntake = obj({
  id: str, state: str, patient: obj({ id: str, name: str, number: str, cell: str }), arrived: maybe(instant), begun: maybe(instant), begun_by: or(str, ''), handed: maybe(instant), handed_by: or(str, ''), signed: maybe(instant), signed_by: or(str, ''),
  assessed: maybe(instant), assessed_by: or(str, ''), consent: or(str, ''), fitness: or(str, ''), housing: or(str, ''), until: maybe(instant), clock: or(str, ''), due: maybe(instant), clock_from: maybe(instant),
  form: maybe(readPart), injuries: maybe(readPart), assessment: maybe(readPart), allegation: maybe(obj({ made: maybe(instant), sent: maybe(instant), to: or(str, '') })),
});
export type Intake = Out<typeof readIntake>;
const one: Read<Intake> = (v, at) => obj({ intake: readIntake })(v, at).intake;
const placeOf = (id: string): string => `/api/intakes/${encodeURIComponent(id)}`;

export const intakes = (): Call<Intake[]> => ({ method: 'GET', path: '/api/intakes', read: (v, at) => obj({ intakes: list(readIntake) })(v, at).intakes });
export const intake = (id: string): Call<Intake> => ({ method: 'GET', path: placeOf(id), read: one });
export type PartName = 'form' | 'injuries' | 'assessment';
export const savePart = (id: string, part: PartName, answers: Answers): Call<Intake> => ({ method: 'PUT', path: `${placeOf(id)}/${part}`, body: { answers }, read: one });
export const intakeDo = (id: string, verb: 'begin' | 'hand'): Call<Intake> => ({ method: 'POST', path: `${placeOf(id)}/${verb}`, body: {}, read: one });
export interface Housed { fitness: string; housing: string; until?: string }
export const signIntake = (id: string, housed: Housed, password: string): Call<Intake> => ({ method: 'POST', path: `${placeOf(id)}/sign`, body: { ...housed, password }, read: one });
export const houseIntake = (id: string, housed: Housed): Call<Intake> => ({ method: 'POST', path: `${placeOf(id)}/house`, body: { ...housed }, read: one });
export const assessIntake = (id: string, password: string): Call<Intake> => ({ method: 'POST', path: `${placeOf(id)}/assess`, body: { password }, read: one });
export const makeRecords = (id: string): Call<number> => ({ method: 'POST', path: `${placeOf(id)}/records`, body: {}, read: (v, at) => obj({ made: num })(v, at).made });
export const sendAllegation = (id: string, to: string): Call<Intake> => ({ method: 'POST', path: `${placeOf(id)}/allegation`, body: { to }, read: one });

/** Allegations of ill-treatment; the privacy officer is told no name. */
const readAllegation = obj({ intake: or(str, ''), patient: maybe(obj({ id: str, name: str, number: str, cell: str })), made: instant, sent: maybe(instant), to: or(str, '') });
export type Allegation = Out<typeof readAllegation>;
export const allegations = (): Call<Allegation[]> => ({ method: 'GET', path: '/api/allegations', read: (v, at) => obj({ allegations: list(readAllegation) })(v, at).allegations });

const readHoused = obj({ name: str, number: str, cell: str, fitness: str, housing: str, until: maybe(instant), late: bool });
export type HousedRow = Out<typeof readHoused>;
export interface HousingList { rows: HousedRow[]; since: number | null }
export const housing = (): Call<HousingList> => ({ method: 'GET', path: '/api/housing', read: obj({ rows: list(readHoused), since: maybe(instant) }) });
