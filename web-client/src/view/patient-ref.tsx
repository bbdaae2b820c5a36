/* Whom a request is about: its number in the record; for a doctor, who decides and may read the chart, also the name, as the way there. */
import { readOne, readPatient, nameOf } from '../wire/fhir';
import { useLoad } from '../state/load';
import { has } from '../state/session';

function Named({ id }: { id: string }) {
  const load = useLoad(() => readOne('Patient', id, readPatient), id);
  const name = load.value.value === null ? '' : nameOf(load.value.value);
  return name === '' ? null : <><a href={`/patients/${encodeURIComponent(id)}`}>{name}</a><br /></>;
}

export const PatientRef = ({ id, named }: { id: string; named: boolean }) => <>{named && has('clinic-doctor') && <Named id={id} />}<small class="num-id">{id}</small></>;
