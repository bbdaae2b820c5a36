/* What the pharmacist's home shows: which prescriptions wait for their check. */
import type { Call } from './http';
import { idOf, nameOf, numberOf, readFound, readOrder, readPatient, search, type Found, type Order, type Patient } from './fhir';
import { obj, or, str } from './read';

/** The people among what was included, by id. */
function peopleIn(found: { included: Record<string, unknown>[] }): Map<string, Patient> {
  const to = new Map<string, Patient>();
  for (const r of found.included) if (r['resourceType'] === 'Patient') { const p = readPatient(r, 'Patient'); to.set(p.id, p); }
  return to;
}
interface Named<T> { what: T; patient: string; name: string; number: string }
const named = <T>(found: Found<T>, patientOf: (x: T) => string): Named<T>[] => {
  const people = peopleIn(found);
  return found.found.map((what) => { const p = people.get(patientOf(what)); return { what, patient: patientOf(what), name: p === undefined ? '' : nameOf(p), number: p === undefined ? '' : numberOf(p) }; });
};

const readDraft = (v: unknown, at: string): Order & { patient: string } => ({ ...readOrder(v, at), patient: idOf(obj({ subject: or(obj({ reference: or(str, '') }), { reference: '' }) })(v, at).subject.reference) });
type DraftOrder = ReturnType<typeof readDraft>;
/** Prescriptions that are not in force before somebody else has checked them. */
export const draftOrders = (): Call<Named<DraftOrder>[]> => ({
  ...search('MedicationRequest', readDraft, [['status', 'draft'], ['_include', 'MedicationRequest:patient'], ['_sort', 'authoredon'], ['_count', '100']]),
  read: (v, at) => named(readFound('MedicationRequest', readDraft)(v, at), (o) => o.patient),
});
