/* The clinical record over /fhir (PROTOCOL, records): readers for what the chart shows, and the calls. A reader takes from a resource
   what is looked at and lets the rest pass; changes go back as JSON patches, so that what we did not read is never written. */
import type { Call } from './http';
import { BadAnswer, instant, isRecord, list, maybe, num, obj, or, record, str, type Out, type Read } from './read';

/* ── parts ── */
/** A date of any precision, or an instant. */
export interface Moment { at: number; isDay: boolean }
export const moment: Read<Moment> = (v, at) => {
  const words = str(v, at);
  if (!/^\d{4}(-\d\d(-\d\d)?)?($|T)/.test(words)) throw new BadAnswer(at, 'a date');
  return { at: instant(words, at), isDay: words.length <= 10 };
};

const readCoding = obj({ system: or(str, ''), code: or(str, ''), display: or(str, '') });
export type Coding = Out<typeof readCoding>;
export const readConcept = obj({ text: or(str, ''), coding: or(list(readCoding), []) });
export type Concept = Out<typeof readConcept>;
const none: Concept = { text: '', coding: [] };

export const wordsOf = (c: Concept | null): string => (c === null ? '' : c.text || c.coding.find((x) => x.display !== '')?.display || c.coding[0]?.code || '');
export const codeOf = (c: Concept | null, system?: string): string => c?.coding.find((x) => system === undefined || x.system === system)?.code ?? '';

const readRef = obj({ reference: or(str, ''), display: or(str, '') });
const nobody = { reference: '', display: '' };
export type Ref = Out<typeof readRef>;
export const idOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);
export const readQuantity = obj({ value: num, unit: or(str, ''), code: or(str, '') });
export type Quantity = Out<typeof readQuantity>;
export const readPeriod = obj({ start: maybe(moment), end: maybe(moment) });
const noPeriod = { start: null, end: null };
const readMeta = obj({ versionId: or(str, ''), lastUpdated: maybe(instant), security: or(list(readCoding), []) });
const noMeta = { versionId: '', lastUpdated: null, security: [] };
const head = { id: str, meta: or(readMeta, noMeta) };
const first = <T>(read: Read<T>): Read<T | null> => (v, at) => (Array.isArray(v) && v.length > 0 ? read(v[0], `${at}[0]`) : null);

/** Text out of a narrative: its paragraphs as lines. The server has sanitized it; we show it as text all the same. */
export function plainOf(div: string): string {
  return div
    .replace(/<(br|\/p|\/div|\/li|\/tr)\b[^>]*>/gi, '\n').replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;|&apos;/g, "'").replace(/&#160;|&nbsp;/g, ' ').replace(/&amp;/g, '&')
    .replace(/[ \t]*\n[ \t]*/g, '\n').replace(/\n{3,}/g, '\n\n').trim();
}
const escaped = (words: string): string => words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
export const divOf = (words: string): string =>
  `<div xmlns="http://www.w3.org/1999/xhtml">${words.split('\n').map((line) => line.trim()).filter((line) => line !== '').map((line) => `<p>${escaped(line)}</p>`).join('')}</div>`;

/* ── resources ── */
export const readPatient = obj({
  ...head,
  name: or(list(obj({ text: or(str, ''), family: or(str, ''), given: or(list(str), []), use: or(str, '') })), []),
  gender: or(str, ''),
  birthDate: maybe(str),
  identifier: or(list(obj({ system: or(str, ''), value: or(str, '') })), []),
});
export type Patient = Out<typeof readPatient>;
export const nameOf = (p: Patient): string => {
  const n = p.name[0];
  if (n === undefined) return '';
  const han = /^[\u3400-\u9fff]/.test(n.family);
  return n.text || (han ? `${n.family}${n.given.join('')}` : [...n.given, n.family].filter((x) => x !== '').join(' '));
};
export const numberOf = (p: Patient): string => p.identifier.find((i) => i.system.endsWith('detainee-number'))?.value ?? p.identifier[0]?.value ?? '';

export const readEncounter = obj({
  ...head,
  status: str,
  class: or(readCoding, { system: '', code: '', display: '' }),
  extension: or(list(obj({ url: str })), []),
  type: or(list(readConcept), []),
  subject: or(readRef, nobody),
  period: or(readPeriod, noPeriod),
  reasonCode: or(list(readConcept), []),
  participant: or(list(obj({ individual: or(readRef, nobody) })), []),
  location: or(list(obj({ location: or(readRef, nobody), status: or(str, '') })), []),
});
export type Encounter = Out<typeof readEncounter>;
export const isCustody = (e: Encounter): boolean => e.type.some((t) => codeOf(t) === 'custody');
export const cellOf = (e: Encounter): string => (e.location.find((l) => l.status === 'active') ?? e.location[e.location.length - 1])?.location.display ?? '';

export const readObservation = obj({
  ...head,
  status: str,
  category: or(list(readConcept), []),
  code: readConcept,
  effectiveDateTime: maybe(moment),
  issued: maybe(moment),
  performer: or(list(readRef), []),
  valueQuantity: maybe(readQuantity),
  valueString: maybe(str),
  valueCodeableConcept: maybe(readConcept),
  component: or(list(obj({ code: readConcept, valueQuantity: maybe(readQuantity) })), []),
  interpretation: or(list(readConcept), []),
  referenceRange: or(list(obj({ low: maybe(readQuantity), high: maybe(readQuantity), text: or(str, '') })), []),
});
export type Observation = Out<typeof readObservation>;
export const isVital = (o: Observation): boolean => o.category.some((c) => codeOf(c) === 'vital-signs');

export const readCondition = obj({
  ...head, clinicalStatus: or(readConcept, none), category: or(list(readConcept), []), code: or(readConcept, none), onsetDateTime: maybe(moment), abatementDateTime: maybe(moment), recordedDate: maybe(moment), recorder: or(readRef, nobody), encounter: or(readRef, nobody),
});
export type Condition = Out<typeof readCondition>;

/** What a problem is to come to. */
export const readGoal = obj({
  ...head, lifecycleStatus: str, description: or(readConcept, none), addresses: or(list(readRef), []),
  target: or(list(obj({ measure: or(readConcept, none), detailQuantity: maybe(readQuantity) })), []),
});
export type Goal = Out<typeof readGoal>;

/** What whoever deals with the patient minds: how to move him, what was screened for. */
export const readFlag = obj({ ...head, status: str, code: or(readConcept, none), period: or(readPeriod, noPeriod) });
export type Flag = Out<typeof readFlag>;

export const readAllergy = obj({
  ...head, clinicalStatus: or(readConcept, none), verificationStatus: or(readConcept, none), criticality: or(str, ''), category: or(list(str), []), code: or(readConcept, none), recordedDate: maybe(moment),
  reaction: or(list(obj({ manifestation: or(list(readConcept), []) })), []),
});
export type Allergy = Out<typeof readAllergy>;

const readRepeat = obj({ frequency: or(num, 0), period: or(num, 1), periodUnit: or(str, 'd'), boundsPeriod: maybe(readPeriod) });
export const readDosage = obj({
  text: or(str, ''), asNeededBoolean: (v: unknown) => v === true, timing: maybe(obj({ repeat: maybe(readRepeat) })), route: maybe(readConcept),
  doseAndRate: first(obj({ doseQuantity: maybe(readQuantity) })),
});
export type Dosage = Out<typeof readDosage>;
export const readOrder = obj({
  ...head, status: str, intent: str, medicationCodeableConcept: or(readConcept, none), authoredOn: maybe(moment), requester: or(readRef, nobody), dosageInstruction: first(readDosage), statusReason: maybe(readConcept), encounter: or(readRef, nobody),
});
export type Order = Out<typeof readOrder>;

export const readDose = obj({
  ...head, status: str, statusReason: or(list(readConcept), []), medicationCodeableConcept: or(readConcept, none), effectiveDateTime: maybe(moment), effectivePeriod: maybe(readPeriod), request: or(readRef, nobody),
  performer: or(list(obj({ actor: or(readRef, nobody) })), []), note: or(list(obj({ text: or(str, '') })), []),
});
export type Dose = Out<typeof readDose>;

/** Whose a resource is: its subject's reference, whatever else it is. */
export const readSubject = (v: unknown, at: string): string => obj({ subject: or(readRef, nobody) })(v, at).subject.reference;
export const readNote = obj({
  ...head, status: str, type: or(readConcept, none), date: maybe(moment), title: or(str, ''), author: or(list(readRef), []), encounter: or(readRef, nobody),
  attester: or(list(obj({ mode: or(str, ''), time: maybe(moment), party: or(readRef, nobody) })), []),
  relatesTo: or(list(obj({ code: or(str, ''), targetReference: or(readRef, nobody) })), []),
  extension: or(list(obj({ url: str, valueString: or(str, '') })), []),
  section: or(list(obj({ title: or(str, ''), text: maybe(obj({ div: or(str, '') })), entry: or(list(readRef), []) })), []),
});
export type Note = Out<typeof readNote>;
export const amendmentReason = 'https://yunqiao.invalid/fhir/amendment-reason';
export const reasonOf = (n: Note): string => n.extension.find((e) => e.url === amendmentReason)?.valueString ?? '';

const readNoted = or(list(obj({ url: str, valueString: or(str, '') })), []);
export const readDocument = obj({
  ...head, status: str, type: or(readConcept, none), date: maybe(moment), description: or(str, ''), author: or(list(readRef), []), extension: readNoted,
  context: or(obj({ encounter: or(list(readRef), []) }), { encounter: [] }),
  content: or(list(obj({ attachment: obj({ contentType: or(str, ''), title: or(str, ''), url: or(str, ''), data: or(str, ''), size: maybe(num), creation: maybe(moment), extension: readNoted }) })), []),
});
const noted = (d: Document, what: string): string => [...d.extension, ...(d.content[0]?.attachment.extension ?? [])].find((e) => e.url.endsWith(what))?.valueString ?? '';
export const sha256Of = (d: Document): string => noted(d, 'sha256');
export const sourceOf = (d: Document): string => noted(d, 'still-source');
/** A still of that consultation: what has a hash was taken. */
export const isStillOf = (d: Document, encounter: string): boolean => sha256Of(d) !== '' && d.context.encounter.some((e) => idOf(e.reference) === encounter);
export type Document = Out<typeof readDocument>;

export const readTask = obj({ ...head, status: str, priority: or(str, ''), code: or(readConcept, none), description: or(str, ''), authoredOn: maybe(moment) });
export type Task = Out<typeof readTask>;

export const readStudy = obj({
  ...head, status: str, started: maybe(moment), description: or(str, ''), identifier: or(list(obj({ system: or(str, ''), value: or(str, '') })), []), numberOfInstances: or(num, 0), modality: or(list(readCoding), []),
  series: or(list(obj({ uid: str, description: or(str, ''), modality: or(readCoding, { system: '', code: '', display: '' }), instance: or(list(obj({ uid: str })), []) })), []),
});
export type Study = Out<typeof readStudy>;

/* ── calls ── */
export interface Found<T> { found: T[]; included: Record<string, unknown>[]; total: number | null; next: string | null; hidden: number }

/** A searchset. Entries of another type are what was included. A body that does not read is counted, never dropped in silence. */
export const readFound = <T>(type: string, read: Read<T>): Read<Found<T>> => (v, at) => {
  const bundle = record(v, at);
  if (bundle['resourceType'] !== 'Bundle') throw new BadAnswer(at, 'a Bundle');
  const to: Found<T> = { found: [], included: [], total: typeof bundle['total'] === 'number' ? bundle['total'] : null, next: null, hidden: 0 };
  for (const e of or(list(record), [])(bundle['entry'], 'entry')) {
    const r = e['resource'];
    if (!isRecord(r) || r['resourceType'] === 'OperationOutcome') continue;
    if (r['resourceType'] !== type) { to.included.push(r); continue; }
    try { to.found.push(read(r, `${type}/${String(r['id'])}`)); } catch (e2) {
      if (!(e2 instanceof BadAnswer)) throw e2;
      to.hidden += 1;
    }
  }
  const next = or(list(obj({ relation: str, url: str })), [])(bundle['link'], 'link').find((l) => l.relation === 'next');
  if (next !== undefined) to.next = next.url;
  return to;
};

const accept = { Accept: 'application/fhir+json' };
const fhirMedia = 'application/fhir+json';
const place = (type: string, id: string): string => `/fhir/${type}/${encodeURIComponent(id)}`;

export const readOne = <T>(type: string, id: string, read: Read<T>): Call<T> => ({ method: 'GET', path: place(type, id), headers: accept, read });

/** By POST: neither a name nor a diagnosis that is searched for stands in an address. */
export const search = <T>(type: string, read: Read<T>, params: readonly (readonly [string, string])[]): Call<Found<T>> =>
  ({ method: 'POST', path: `/fhir/${type}/_search`, headers: accept, form: params, read: readFound(type, read) });

/** The page after; only what leads back to this site is followed. */
export function nextPage<T>(type: string, read: Read<T>, url: string): Call<Found<T>> | null {
  const at = url.startsWith('/') ? url : /^https?:\/\/[^/]+(\/fhir[/?].*)$/.exec(url)?.[1];
  return at === undefined || !at.startsWith('/fhir') ? null : { method: 'GET', path: at, headers: accept, read: readFound(type, read) };
}

export const create = <T>(type: string, body: Record<string, unknown>, read: Read<T>): Call<T> =>
  ({ method: 'POST', path: `/fhir/${type}`, headers: { ...accept, Prefer: 'return=representation' }, media: fhirMedia, body: { resourceType: type, ...body }, read });

/** Fails with `conflict` when somebody else was first. */
export const patch = <T>(type: string, id: string, version: string, steps: readonly Record<string, unknown>[], read: Read<T>): Call<T> =>
  ({ method: 'PATCH', path: place(type, id), headers: { ...accept, 'If-Match': `W/"${version}"`, Prefer: 'return=representation' }, media: 'application/json-patch+json', body: steps, read });

export const update = <T>(type: string, id: string, version: string, body: Record<string, unknown>, read: Read<T>): Call<T> =>
  ({ method: 'PUT', path: place(type, id), headers: { ...accept, 'If-Match': `W/"${version}"`, Prefer: 'return=representation' }, media: fhirMedia, body: { resourceType: type, id, ...body }, read });

const readWritten = obj({ entry: list(obj({ response: obj({ status: str, location: or(str, '') }) })) });

/** All of it or nothing. Answers the locations, in order: "Composition/7/_history/1". */
export const transaction = (entries: readonly { url: string; body: Record<string, unknown> }[]): Call<string[]> => ({
  method: 'POST', path: '/fhir', headers: accept, media: fhirMedia,
  body: { resourceType: 'Bundle', type: 'transaction', entry: entries.map((e) => ({ fullUrl: e.url, resource: e.body, request: { method: 'POST', url: String(e.body['resourceType']) } })) },
  read: (v, at) => readWritten(v, at).entry.map((e) => e.response.location),
});
