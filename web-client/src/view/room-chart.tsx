/* The tabs that hold the record: the chart as far as the reader may see it, notes and opinion, orders. Everything is read and written by the parts that the chart's own pages are made of. */
import { useSignal } from '@preact/signals';
import { chartText } from '../text/chart';
import { careText } from '../text/care';
import { lookText } from '../text/look';
import * as wire from '../wire/fhir';
import { ownGrants } from '../wire/grants';
import { ageAt, all, type Chart } from '../state/chart';
import { now } from '../state/clock';
import { stamp } from '../state/format';
import { useLoad } from '../state/load';
import { has } from '../state/session';
import { Icon } from '../ui/icon';
import { Button, FaultNotice, Sep, Skeleton } from '../ui/parts';
import { Allergies } from './chart';
import { Files } from './chart-files';
import { Labs } from './chart-labs';
import { Notes, type Writing } from './chart-notes';
import { OrderForm } from './chart-order-form';
import { Orders } from './chart-orders';
import { AllergyDialog } from './chart-problems';
import { Medication, Problems, Vitals } from './chart-summary';
import './chart.css';

export const isClinic = (): boolean => has('clinic-doctor') || has('nurse') || has('pharmacist');

function Patient({ chart, visit }: { chart: Chart; visit: string }) {
  const t = chartText();
  const c = lookText();
  const grants = useLoad(ownGrants, visit);
  const patient = chart.patient.value.value;
  if (patient === null) return chart.patient.fault.value !== null ? <FaultNotice fault={chart.patient.fault.value} again={() => { void chart.patient.again(); }} /> : <Skeleton rows={2} />;
  const grant = (grants.value.value?.rows ?? []).find((g) => g.encounter === visit);
  const facts = [t.gender(patient.gender), patient.birthDate === null ? '' : t.age(ageAt(patient.birthDate, now.peek()) ?? 0)].filter((w) => w !== '');
  return (
    <div class="room-patient">
      <b>{wire.nameOf(patient)}</b> <span class="soft">{facts.map((f, i) => <span key={f}>{i > 0 && <Sep />}{f}</span>)}</span>
      {isClinic()
        ? <a class="end" href={`/patients/${chart.id}`} target="_blank" rel="noopener">{c.wholeChart}</a>
        : grant !== undefined && <p class="muted small"><Icon name="lock" size="s" /> {grant.ends === null ? careText().openUntilSigned : careText().openUntil(stamp(grant.ends))}</p>}
    </div>
  );
}

export function RoomChart({ chart, visit }: { chart: Chart; visit: string }) {
  const entering = useSignal(false);
  const writing = useSignal<Writing>({ is: 'none' });
  return (
    <div class="room-chart">
      <Patient chart={chart} visit={visit} />
      <Allergies chart={chart} onEnter={has('clinic-doctor') || has('nurse') ? () => { entering.value = true; } : null} />
      <div class="stack"><Problems chart={chart} /><Medication chart={chart} /><Vitals chart={chart} /></div>
      {all(chart.labs).length > 0 && <Labs chart={chart} />}
      {all(chart.documents).length + all(chart.studies).length > 0 && <Files chart={chart} />}
      {all(chart.notes).length > 0 && <Notes chart={chart} writing={writing} print={null} />}
      {entering.value && <AllergyDialog chart={chart} onClose={() => { entering.value = false; }} />}
    </div>
  );
}

export function RoomOrders({ chart }: { chart: Chart }) {
  const t = chartText();
  const ordering = useSignal(false);
  return (
    <div class="room-chart">
      {has('clinic-doctor') && <p><Button kind="primary" icon="order" onClick={() => { ordering.value = true; }}>{t.writeOrder}</Button></p>}
      <Orders chart={chart} />
      {ordering.value && <OrderForm chart={chart} onClose={() => { ordering.value = false; }} />}
    </div>
  );
}
