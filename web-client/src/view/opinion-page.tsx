/* The opinion on a page of its own: where who was asked to sign arrives, and the clinic's doctor decides. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { opinionText } from '../text/opinion';
import * as wire from '../wire/fhir';
import { opinion } from '../wire/opinion';
import { useLoad } from '../state/load';
import { path } from '../state/route';
import { send } from '../state/session';
import { FaultNotice, PageHead } from '../ui/parts';
import { Opinion } from './opinion';

export function OpinionPage() {
  const t = opinionText();
  const visit = /^\/opinions\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1] ?? '-';
  const load = useLoad(() => opinion(visit), visit);
  const name = useSignal('');
  const patient = load.value.value?.patient ?? '';
  useEffect(() => {
    let gone = false;
    if (patient !== '') void send(wire.readOne('Patient', patient, wire.readPatient)).then((r) => { if (!gone && r.ok) name.value = wire.nameOf(r.value); });
    return () => { gone = true; };
  }, [patient]);
  if (load.fault.value !== null && load.value.value === null) return <><PageHead title={t.title} /><FaultNotice fault={load.fault.value} again={() => { void load.again(); }} /></>;
  return <><PageHead title={name.value === '' ? t.title : t.of(name.value)} end={patient === '' ? undefined : <a class="btn" href={`/patients/${patient}`}>{t.chart}</a>} /><Opinion visit={visit} /></>;
}
