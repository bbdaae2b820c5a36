/* One patient's chart as it is loaded: each part by itself, so that what is slow or refused hides nothing else. */
import * as wire from '../wire/fhir';
import type { Read } from '../wire/read';
import { now } from './clock';
import { siteMidnight } from './format';
import { useLoad, type Loaded } from './load';
import { has, session, zone } from './session';

type Part<T> = Loaded<wire.Found<T>>;

export interface Chart {
  id: string;
  patient: Loaded<wire.Patient>;
  encounters: Part<wire.Encounter>;
  conditions: Part<wire.Condition>;
  allergies: Part<wire.Allergy>;
  vitals: Part<wire.Observation>;
  labs: Part<wire.Observation>;
  orders: Part<wire.Order>;
  doses: Part<wire.Dose>;
  notes: Part<wire.Note>;
  documents: Part<wire.Document>;
  studies: Part<wire.Study>;
  tasks: Part<wire.Task>;
  goals: Part<wire.Goal>;
  flags: Part<wire.Flag>;
}

const most = '200';

export function useChart(id: string): Chart {
  const part = <T>(type: string, read: Read<T>, ...more: (readonly [string, string])[]): Part<T> =>
    useLoad(() => wire.search(type, read, [['patient', `Patient/${id}`], ...more, ['_count', most]]), `${type} ${id}`);
  return {
    id,
    patient: useLoad(() => wire.readOne('Patient', id, wire.readPatient), id),
    encounters: part('Encounter', wire.readEncounter, ['_sort', '-date']),
    conditions: part('Condition', wire.readCondition),
    allergies: part('AllergyIntolerance', wire.readAllergy),
    vitals: part('Observation', wire.readObservation, ['category', 'vital-signs'], ['_sort', '-date']),
    labs: part('Observation', wire.readObservation, ['category', 'laboratory'], ['_sort', '-date']),
    orders: part('MedicationRequest', wire.readOrder, ['_sort', '-authoredon']),
    doses: part('MedicationAdministration', wire.readDose, ['_sort', '-effective-time']),
    notes: part('Composition', wire.readNote, ['_sort', '-date']),
    documents: part('DocumentReference', wire.readDocument, ['_sort', '-date']),
    studies: part('ImagingStudy', wire.readStudy),
    tasks: part('Task', wire.readTask, ['_sort', '-authored-on']),
    goals: part('Goal', wire.readGoal),
    flags: part('Flag', wire.readFlag),
  };
}

export const all = <T>(part: Part<T>): readonly T[] => part.value.value?.found ?? [];

/** Whole years on the site's calendar. */
export function ageAt(birth: string, at: number): number | null {
  const m = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(birth);
  if (m === null) return null;
  const today = siteDate(at);
  const years = Number(today.slice(0, 4)) - Number(m[1]);
  return today.slice(5) < `${m[2] ?? '01'}-${m[3] ?? '01'}` ? years - 1 : years;
}

/** YYYY-MM-DD at the site. */
export const siteDate = (at: number): string =>
  new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', ...(zone.value === undefined ? {} : { timeZone: zone.value }) }).format(at);
export const todayMidnight = (): number => siteMidnight(siteDate(now.value));

/** A visit in the clinic's own rooms, led from a sick call. */
export const isLocal = (e: wire.Encounter): boolean => e.class.code === 'AMB' && e.extension.some((x) => x.url === 'https://yunqiao.invalid/fhir/local-visit');
/** Of the visit under way, if there is one: what is written now belongs to it. */
export const openVisit = (c: Chart): wire.Encounter | null =>
  all(c.encounters).find((e) => !wire.isCustody(e) && ['in-progress', 'arrived', 'triaged', 'onleave'].includes(e.status)) ?? null;
/** What is written belongs to it: the visit under way; for a specialist the consultation that the grant is for. */
export const visitOf = (c: Chart): wire.Encounter | null => openVisit(c) ?? (has('specialist') ? all(c.encounters).find((e) => !wire.isCustody(e)) ?? null : null);
export const custodyOf = (c: Chart): wire.Encounter | null => all(c.encounters).find((e) => wire.isCustody(e) && e.status === 'in-progress') ?? null;

/** Who writes: the person that the account stands for. */
export function myself(): Record<string, unknown> {
  const a = session.value?.account;
  return { ...(a?.person ? { reference: a.person } : {}), display: a?.display ?? '' };
}

export const isActive = (c: wire.Condition): boolean => ['active', 'recurrence', 'relapse', ''].includes(wire.codeOf(c.clinicalStatus));
export const isAllergy = (a: wire.Allergy): boolean =>
  wire.codeOf(a.clinicalStatus) !== 'inactive' && wire.codeOf(a.clinicalStatus) !== 'resolved' && !['refuted', 'entered-in-error'].includes(wire.codeOf(a.verificationStatus));
