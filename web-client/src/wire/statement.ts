/* What a patient says of an entry of the own record, and the clinic's answer (PROTOCOL §26). */
import { entryOf, type Entry } from './own';
import type { Call } from './http';
import { instant, isRecord, list, maybe, num, obj, oneOf, or, record, str, type Out, type Read } from './read';

const readStatement = obj({
  id: str, kind: oneOf(['statement', 'correction'] as const), state: oneOf(['received', 'noted', 'accepted', 'declined'] as const), record: str, version: num, words: str, said: maybe(instant), due: maybe(instant),
  answer: or(str, ''), answered: maybe(instant), by: or(str, ''), amendment: or(str, ''), patient: maybe(obj({ id: str, name: str, number: str, cell: str })),
});
export type Statement = Out<typeof readStatement>;
export type StatementKind = Statement['kind'];
export type Verdict = 'noted' | 'accepted' | 'declined';
const readAll: Read<Statement[]> = (v, at) => obj({ statements: list(readStatement) })(v, at).statements;
const readOne: Read<Statement> = (v, at) => obj({ statement: readStatement })(v, at).statement;

/** The detainee's own; for the clinic, those that wait. */
export const statements = (): Call<Statement[]> => ({ method: 'GET', path: '/api/statements', read: readAll });
/** patient: an id; those that were answered too. */
export const statementsOf = (patient: string): Call<Statement[]> => ({ method: 'GET', path: `/api/statements?patient=${encodeURIComponent(patient)}`, read: readAll });
/** at: "Type/id". */
export const sayOf = (at: string, kind: StatementKind, words: string): Call<Statement> => ({ method: 'POST', path: '/api/statements', body: { record: at, kind, words }, read: readOne });
export const answerTo = (id: string, verdict: Verdict, answer: string, amendment: string): Call<Statement> =>
  ({ method: 'POST', path: `/api/statements/${encodeURIComponent(id)}/answer`, body: { verdict, ...(answer === '' ? {} : { answer }), ...(amendment === '' ? {} : { amendment }) }, read: readOne });

const accept = { Accept: 'application/fhir+json' };
/** The entry that is spoken of, in a line or two. */
export const entryAt = (at: string): Call<Entry> => ({ method: 'GET', path: `/fhir/${at}`, headers: accept, read: entryOf });

const targets = (r: Record<string, unknown>): string[] => {
  const reference = (v: unknown): string[] => (isRecord(v) && typeof v['reference'] === 'string' ? [v['reference']] : []);
  const amends = (Array.isArray(r['extension']) ? r['extension'] as unknown[] : []).filter(isRecord).filter((e) => e['url'] === 'https://yunqiao.invalid/fhir/amends').flatMap((e) => reference(e['valueReference']));
  const relates = (Array.isArray(r['relatesTo']) ? r['relatesTo'] as unknown[] : []).filter(isRecord).flatMap((e) => reference(e['targetReference']));
  return [...amends, ...relates];
};
/** What amends that entry, of the same type and patient, the newest first. */
export const amendmentsOf = (patient: string, at: string): Call<Entry[]> => ({
  method: 'GET', path: `/fhir/${at.split('/')[0] ?? ''}?patient=${encodeURIComponent(patient)}&_sort=-_lastUpdated&_count=100`, headers: accept,
  read: (v, where) => or(list(record), [])(record(v, where)['entry'], `${where}.entry`).map((e) => e['resource']).filter(isRecord).filter((r) => targets(r).includes(at)).map((r, i) => entryOf(r, `${where}.entry[${i}]`)),
});
