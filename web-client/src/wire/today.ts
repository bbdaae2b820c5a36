/* What the clinic's home shows: who asks to be seen, and which prescriptions wait for their check. */
import type { Call } from './http';
import { codeOf, idOf, nameOf, numberOf, readFound, readOrder, readPatient, readTask, search, type Found, type Order, type Patient, type Task } from './fhir';
import { obj, or, str } from './read';

const readCall = (v: unknown, at: string): Task & { patient: string } => ({ ...readTask(v, at), patient: idOf(obj({ for: or(obj({ reference: or(str, '') }), { reference: '' }) })(v, at).for.reference) });
export type SickCall = ReturnType<typeof readCall>;

/** The people among what was included, by id. */
function peopleIn(found: { included: Record<string, unknown>[] }): Map<string, Patient> {
  const to = new Map<string, Patient>();
  for (const r of found.included) if (r['resourceType'] === 'Patient') { const p = readPatient(r, 'Patient'); to.set(p.id, p); }
  return to;
}
export interface Named<T> { what: T; patient: string; name: string; number: string }
const named = <T>(found: Found<T>, patientOf: (x: T) => string): Named<T>[] => {
  const people = peopleIn(found);
  return found.found.map((what) => { const p = people.get(patientOf(what)); return { what, patient: patientOf(what), name: p === undefined ? '' : nameOf(p), number: p === undefined ? '' : numberOf(p) }; });
};

/** Sick calls that nobody has seen to yet. */
export const openCalls = (): Call<Named<SickCall>[]> => ({
  ...search('Task', readCall, [['code', 'urn:yunqiao:task|sick-call'], ['status', 'requested,received,accepted,in-progress'], ['_include', 'Task:patient'], ['_count', '100']]),
  read: (v, at) => named(readFound('Task', readCall)(v, at), (t) => t.patient).filter((t) => codeOf(t.what.code) === 'sick-call'),
});

const readDraft = (v: unknown, at: string): Order & { patient: string } => ({ ...readOrder(v, at), patient: idOf(obj({ subject: or(obj({ reference: or(str, '') }), { reference: '' }) })(v, at).subject.reference) });
export type DraftOrder = ReturnType<typeof readDraft>;
/** Prescriptions that are not in force before somebody else has checked them. */
export const draftOrders = (): Call<Named<DraftOrder>[]> => ({
  ...search('MedicationRequest', readDraft, [['status', 'draft'], ['_include', 'MedicationRequest:patient'], ['_sort', 'authoredon'], ['_count', '100']]),
  read: (v, at) => named(readFound('MedicationRequest', readDraft)(v, at), (o) => o.patient),
});
