/* What a person reads of the own record: what is released of it (over /fhir), and who opened it (PROTOCOL §12). */
import { moment, plainOf, readConcept, readDosage, type Dosage, readPeriod, readQuantity, wordsOf, type Moment } from './fhir';
import type { Call } from './http';
import { instant, isRecord, list, maybe, nothing, num, obj, oneOf, or, record, str, bool, type Out, type Read } from './read';
import { query } from './security';

const readKinds: Read<[string, number][]> = (v, at) => Object.entries(record(v, at)).map(([k, n]) => [k, num(n, `${at}.${k}`)]);
const readOpened = obj({
  who: obj({ display: maybe(str), role: str, organisation: maybe(str), own: bool }),
  first: instant, last: instant, kinds: readKinds,
  glass: maybe(obj({ state: oneOf(['waiting', 'withheld', 'told'] as const), reason: maybe(str) })),
});
export type Opened = Out<typeof readOpened>;
const readPage = obj({ rows: list(readOpened), next: maybe(str) });

export const opened = (before: string): Call<Out<typeof readPage>> => ({ method: 'GET', path: `/api/opened${query({ before })}`, read: readPage });

/** How much was released since the person last looked; and that they look now. */
const readNews: Read<number> = (v, at) => num(record(v, at)['released'], `${at}.released`);
export const ownNews = (): Call<number> => ({ method: 'GET', path: '/api/own/news', read: readNews });
export const lookedAtNews = (): Call<null> => ({ method: 'POST', path: '/api/own/news', body: {}, read: nothing });

/** A paper copy of the own record that the clinic has not handed over yet. */
const copyQuery = 'category=urn:yunqiao:request%7Crecord-copy&status=active';
const readTotal: Read<boolean> = (v, at) => num(record(v, at)['total'], `${at}.total`) > 0;
/** patient: an id. */
export const copyAsked = (patient: string): Call<boolean> => ({ method: 'GET', path: `/fhir/CommunicationRequest?patient=${encodeURIComponent(patient)}&${copyQuery}&_summary=count`, headers: { Accept: 'application/fhir+json' }, read: readTotal });
/** All that wait, the oldest first. */
const readCopy = obj({ id: str, subject: obj({ reference: str }), authoredOn: maybe(moment) });
export type CopyRequest = Out<typeof readCopy>;
const readCopies: Read<CopyRequest[]> = (v, at) => or(list(record), [])(record(v, at)['entry'], `${at}.entry`).map((e, i) => readCopy(e['resource'], `${at}.entry[${i}].resource`));
export const copiesAsked = (): Call<CopyRequest[]> => ({ method: 'GET', path: `/fhir/CommunicationRequest?${copyQuery}&_sort=_lastUpdated&_count=100`, headers: { Accept: 'application/fhir+json' }, read: readCopies });
export const askCopy = (): Call<null> => ({ method: 'POST', path: '/api/own/copy', body: {}, read: nothing });
export const handCopy = (patient: string): Call<null> => ({ method: 'POST', path: `/api/patients/${patient}/copy`, body: {}, read: nothing });

/** One entry, whatever its type, as far as it can be said in a line or two. */
export interface Entry { id: string; type: string; at: Moment | null; what: string; value: string; state: string; dosage: Dosage | null }

/** A property that another type has in another shape is no fault here. */
const lax = <T>(read: Read<T>): Read<T | null> => (v, at) => {
  if (v === undefined || v === null) return null;
  try { return read(v, at); } catch { return null; }
};
const firstOf: Read<Out<typeof readConcept>> = (v, at) => readConcept(Array.isArray(v) ? v[0] : v, at);

const readResource = obj({
  id: str, resourceType: str, status: lax(str),
  effectiveDateTime: lax(moment), onsetDateTime: lax(moment), recordedDate: lax(moment), authoredOn: lax(moment), occurrenceDateTime: lax(moment), performedDateTime: lax(moment),
  date: lax(moment), dateTime: lax(moment), start: lax(moment), issued: lax(moment), period: lax(readPeriod),
  code: lax(readConcept), medicationCodeableConcept: lax(readConcept), vaccineCode: lax(readConcept), type: lax(firstOf), scope: lax(readConcept),
  title: lax(str), description: lax(str), conclusion: lax(str), valueString: lax(str), valueQuantity: lax(readQuantity), valueCodeableConcept: lax(readConcept),
  component: lax(list(obj({ valueQuantity: lax(readQuantity) }))), dosageInstruction: lax(list(readDosage)),
  section: lax(list(obj({ title: or(str, ''), text: maybe(obj({ div: or(str, '') })), section: or(list(obj({ title: or(str, ''), text: maybe(obj({ div: or(str, '') })) })), []) }))),
  sent: lax(moment), category: lax(firstOf), payload: lax(list(obj({ contentString: or(str, '') }))),
});

const measured = (q: { value: number; unit: string } | null): string => (q === null ? '' : `${q.value} ${q.unit}`.trim());

export function entryOf(v: unknown, at: string): Entry {
  const r = readResource(v, at);
  const when = r.effectiveDateTime ?? r.onsetDateTime ?? r.recordedDate ?? r.authoredOn ?? r.occurrenceDateTime ?? r.performedDateTime ?? r.start ?? r.date ?? r.dateTime ?? r.period?.start ?? r.issued ?? r.sent;
  const what = [wordsOf(r.medicationCodeableConcept), wordsOf(r.code), wordsOf(r.vaccineCode), r.title ?? '', wordsOf(r.type), r.description ?? '', wordsOf(r.scope), r.resourceType === 'Communication' ? wordsOf(r.category) : ''].find((x) => x !== '') ?? '';
  const value = [
    measured(r.valueQuantity), r.component?.map((c) => measured(c.valueQuantity)).filter((x) => x !== '').join(' / ') ?? '', r.valueString ?? '', wordsOf(r.valueCodeableConcept), r.conclusion ?? '',
    r.dosageInstruction?.[0]?.text ?? '', r.section?.map((s) => [s.title, plainOf(s.text?.div ?? ''), ...s.section.map((i) => [i.title, plainOf(i.text?.div ?? '')].filter((x) => x !== '').join(' '))].filter((x) => x !== '').join('\n')).join('\n') ?? '',
    r.payload?.map((x) => x.contentString).join('\n') ?? '',
  ].find((x) => x !== '') ?? '';
  return { id: r.id, type: r.resourceType, at: when, what, value, state: r.status ?? '', dosage: r.dosageInstruction?.[0] ?? null };
}

/** All that may be read of it, newest first; the person's own description is not an entry. */
const readAll: Read<Entry[]> = (v, at) => {
  const found = or(list(record), [])(record(v, at)['entry'], `${at}.entry`).map((e) => e['resource']).filter((r) => isRecord(r) && r['resourceType'] !== 'Patient' && r['resourceType'] !== 'Provenance' && r['resourceType'] !== 'Task');
  return found.map((r, i) => entryOf(r, `${at}.entry[${i}]`)).sort((a, b) => (b.at?.at ?? 0) - (a.at?.at ?? 0));
};

/** person: "Patient/…", as the session names it. */
export const ownRecord = (person: string): Call<Entry[]> => ({ method: 'GET', path: `/fhir/${person}/$everything`, headers: { Accept: 'application/fhir+json' }, read: readAll });
