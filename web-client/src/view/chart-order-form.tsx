/* Prescribing: a drug of the formulary, checked against allergies and what is taken before it can be ordered. The server checks again. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import type { Call } from '../wire/http';
import * as orders from '../wire/orders';
import { openVisit, type Chart } from '../state/chart';
import { say, useAct } from '../state/load';
import { send } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, FaultNotice, Notice } from '../ui/parts';
import { Suggest } from '../ui/suggest';

type Checked = { is: 'none' } | { is: 'asking' } | { is: 'answered'; check: orders.Check };

export function AlertList({ alerts }: { alerts: readonly orders.Alert[] }) {
  const t = chartText();
  return <>{alerts.map((a) => <Notice key={`${a.kind} ${a.other}`} tone={a.severity === 'high' ? 'bad' : 'warn'} live><b>{a.kind === 'allergy' ? t.alertAllergy(a.other) : a.kind === 'duplicate' ? t.alertDuplicate(a.other) : t.alertInteraction(a.other)}</b>{a.words !== '' && <><br />{a.words}</>}</Notice>)}</>;
}

export function OrderForm({ chart, onClose }: { chart: Chart; onClose: () => void }) {
  const done = (): void => { say(chartText().orderDone); void chart.orders.again(); onClose(); };
  return <Prescribing patient={chart.id} encounter={openVisit(chart)?.id ?? null} call={orders.prescribe} onDone={done} onClose={onClose} />;
}

/** call: what it is sent as, alone or in answer to an advice (hint). */
export function Prescribing({ patient, encounter, hint, call, onDone, onClose }: { patient: string; encounter: string | null; hint?: string; call: (p: orders.Prescription, override: string | null) => Call<unknown>; onDone: () => void; onClose: () => void }) {
  const t = chartText();
  const drug = useSignal<orders.Drug | null>(null);
  const dose = useSignal('');
  const frequency = useSignal('1');
  const days = useSignal('');
  const words = useSignal('');
  const override = useSignal('');
  const tried = useSignal(false);
  const checked = useSignal<Checked>({ is: 'none' });
  const act = useAct();
  /* The site's table is missing or broken: said as soon as it is known, not only once a drug is picked. */
  const down = useSignal(false);

  const pick = async (d: orders.Drug): Promise<void> => {
    drug.value = d;
    checked.value = { is: 'asking' };
    const r = await send(orders.check(patient, d.code));
    if (drug.value !== d) return;
    /* No answer is no clean answer. */
    checked.value = { is: 'answered', check: r.ok ? r.value : { state: 'unavailable', why: '', alerts: [], controlled: d.controlled } };
  };
  const amount = /^\d{1,5}(\.\d{1,3})?$/.test(dose.value.trim()) ? Number(dose.value.trim()) : 0;
  const course = days.value.trim() === '' ? 0 : /^\d{1,3}$/.test(days.value.trim()) && Number(days.value) >= 1 && Number(days.value) <= 365 ? Number(days.value) : -1;
  const answer = checked.value.is === 'answered' ? checked.value.check : null;
  const needs = answer !== null && (answer.alerts.length > 0 || answer.state !== 'ran');
  const short = needs && [...override.value.trim()].length < 4;
  const submit = async (): Promise<void> => {
    tried.value = true;
    const d = drug.value;
    if (d === null || amount <= 0 || course < 0 || answer === null || short) return;
    const r = await act.run(call({ patient, encounter, drug: d.code, dose: dose.value.trim(), unit: d.unit, route: d.route, per_day: frequency.value === 'need' ? 0 : Number(frequency.value), as_needed: frequency.value === 'need', days: course, words: words.value.trim() }, needs ? override.value.trim() : null));
    if (r.ok) onDone();
  };
  return (
    <Dialog title={t.orderTitle} sub={hint} wide onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Suggest label={`${t.drug} (${t.drugFind})`} none={t.drugNone} value={drug.value?.display ?? ''} ask={(q) => ({ ...orders.drugs(q), read: (v, at) => { const said = orders.drugs(q).read(v, at); down.value = !said.checked; return said.drugs; } })} words={(d) => ({ key: d.code, main: d.display, side: d.form })} onPick={(d) => { void pick(d); }} error={tried.value && drug.value === null ? t.pickDrug : undefined} />
        {checked.value.is === 'asking' && <p class="muted" role="status">{t.checking}</p>}
        {(down.value || (answer !== null && answer.state !== 'ran')) && <Notice tone="bad" live><b>{t.checkDown}</b></Notice>}
        {answer !== null && answer.state === 'ran' && answer.alerts.length === 0 && <Notice tone="ok" live>{t.checkClean}</Notice>}
        {answer !== null && <AlertList alerts={answer.alerts} />}
        {answer !== null && answer.controlled && <Notice tone="warn">{t.controlled}</Notice>}
        {needs && <TextField label={t.override} help={t.overrideHelp} value={override.value} onInput={(v) => { override.value = v; }} max={300} error={tried.value && short ? t.overrideShort : undefined} />}
        <div class="vit-grid">
          <TextField label={`${t.dose}${drug.value === null ? '' : ` (${t.doseIn(drug.value.unit)})`}`} value={dose.value} onInput={(v) => { dose.value = v; }} mode="numeric" max={8} error={tried.value && amount <= 0 ? t.doseBad : undefined} />
          <SelectField label={t.frequency} value={frequency.value} options={Object.entries(t.frequencies).map(([value, w]) => ({ value, words: w }))} onPick={(v) => { frequency.value = v; }} />
          <TextField label={t.days} help={t.daysHelp} value={days.value} onInput={(v) => { days.value = v; }} mode="numeric" max={3} error={tried.value && course < 0 ? t.daysBad : undefined} />
        </div>
        <TextField label={t.words} help={t.wordsHelp} value={words.value} onInput={(v) => { words.value = v; }} max={200} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.orderBusy : false} disabled={checked.value.is === 'asking'}>{t.orderDo}</Button></div>
      </form>
    </Dialog>
  );
}
