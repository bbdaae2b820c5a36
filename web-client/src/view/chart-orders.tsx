/* Orders and what became of each dose. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { chartText } from '../text/chart';
import * as wire from '../wire/fhir';
import * as orders from '../wire/orders';
import { signDose } from '../wire/sign';
import { all, todayMidnight, type Chart } from '../state/chart';
import { now } from '../state/clock';
import { dosesOf, doseAt, lastDay, outcomeOf, outcomes, refusedRunning, slotsOf, type Became, type Outcome, type Slot } from '../state/doses';
import { hm, stamp } from '../state/format';
import { say, useAct } from '../state/load';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Section, Sep, St } from '../ui/parts';
import { ReasonDialog } from '../ui/reason';
import { PasswordDialog } from './chart-sign';
import { dayOf, PartState, stampOf } from './chart-summary';
import { doseWords } from './dose-words';

type Acting = { is: 'none' } | { is: 'second'; order: wire.Order; dose: wire.Dose } | { is: 'dose'; order: wire.Order } | { is: 'act'; order: wire.Order; act: orders.OrderAct };
const tone: Record<Became, 'ok' | 'warn' | 'bad'> = { given: 'ok', half: 'warn', refused: 'bad', held: 'warn', missed: 'bad', absent: 'warn' };

function SlotWord({ slot }: { slot: Slot }) {
  const t = chartText();
  if ('dose' in slot) {
    const by = slot.dose.performer.map((p) => p.actor.display).filter((w) => w !== '').join(t.comma);
    const why = slot.dose.note[0]?.text ?? '';
    return <span class={`chip ${tone[slot.is]}`} title={[by, why].filter((w) => w !== '').join(t.comma)}>{hm(doseAt(slot.dose) ?? slot.at)} {t.outcome[slot.is]}{by !== '' && ` ${by}`}</span>;
  }
  return <span class={slot.is === 'late' ? 'chip bad' : slot.is === 'due' ? 'chip act' : 'chip'}>{hm(slot.at)} {t[slot.is]}</span>;
}

function DoseDialog({ chart, order, onClose }: { chart: Chart; order: wire.Order; onClose: () => void }) {
  const t = chartText();
  const outcome = useSignal<Outcome>('given');
  const reason = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const needed = outcome.value !== 'given';
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (needed && [...reason.value.trim()].length < 2) return;
    const r = await act.run(orders.recordDose(order.id, outcome.value, reason.value.trim()));
    if (!r.ok) return;
    say(t.recorded);
    void chart.doses.again();
    onClose();
  };
  return (
    <Dialog title={t.recordTitle} sub={<>{wire.wordsOf(order.medicationCodeableConcept)}<Sep />{doseWords(order)}</>} onClose={onClose}>
      <form noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={t.outcomeLabel} value={outcome.value} options={outcomes.map((o) => ({ value: o, words: t.outcome[o] }))} onPick={(v) => { outcome.value = v; }} />
        {needed && <TextField label={t.reason} help={t.reasonHelp[outcome.value]} value={reason.value} onInput={(v) => { reason.value = v; }} max={200} error={tried.value && [...reason.value.trim()].length < 2 ? t.reasonShort : undefined} />}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.recordBusy : false}>{t.record}</Button></div>
      </form>
    </Dialog>
  );
}

function Line({ chart, order, onAct }: { chart: Chart; order: wire.Order; onAct: (a: Acting) => void }) {
  const t = chartText();
  const slots = slotsOf(order, all(chart.doses), todayMidnight(), now.value);
  const last = lastDay(order, all(chart.doses), now.value);
  const refused = refusedRunning(order, all(chart.doses));
  const history = dosesOf(order, all(chart.doses));
  const half = history.filter((d) => outcomeOf(d) === 'half');
  const mine = (d: wire.Dose): boolean => { const p = d.performer[0]?.actor; return p !== undefined && (p.reference !== '' ? p.reference === (session.value?.account.person ?? '-') : p.display === session.value?.account.display); };
  const s = order.status;
  return (
    <li>
      <div><b>{wire.wordsOf(order.medicationCodeableConcept)}</b> <span>{doseWords(order)}</span> <span class={`chip ${s === 'active' ? 'ok' : s === 'draft' || s === 'on-hold' ? 'warn' : ''}`}>{t.status(s)}</span>
        <p>{order.dosageInstruction?.text}</p>
        <p>{t.prescribedBy(order.requester.display, stampOf(order.authoredOn))}{last.last !== null && <><Sep />{t.lastDose(stamp(last.last))}</>}</p></div>
      <div class="acts">
        {s === 'active' && has('nurse') && <Button kind={slots.some((x) => x.is === 'late' || x.is === 'due') ? '' : 'plain'} onClick={() => { onAct({ is: 'dose', order }); }}>{t.record}</Button>}
        {s === 'draft' && (has('pharmacist') || (has('clinic-doctor') && order.requester.reference !== session.value?.account.person)) && <Button icon="check" onClick={() => { onAct({ is: 'act', order, act: 'approve' }); }}>{t.approve}</Button>}
        {s === 'active' && has('clinic-doctor') && <Button kind="plain" onClick={() => { onAct({ is: 'act', order, act: 'hold' }); }}>{t.hold}</Button>}
        {s === 'on-hold' && has('clinic-doctor') && <Button kind="plain" onClick={() => { onAct({ is: 'act', order, act: 'resume' }); }}>{t.resume}</Button>}
        {['draft', 'active', 'on-hold'].includes(s) && has('clinic-doctor') && <Button kind="plain" onClick={() => { onAct({ is: 'act', order, act: 'stop' }); }}>{t.stop}</Button>}
      </div>
      {order.statusReason !== null && wire.wordsOf(order.statusReason) !== '' && <div class="say muted small">{t.because(wire.wordsOf(order.statusReason))}</div>}
      {s === 'draft' && <div class="say"><St tone="warn">{t.waiting}</St></div>}
      {half.map((d) => <div key={d.id} class="say second"><St tone="warn">{t.halfGiven(d.performer[0]?.actor.display ?? '', stamp(doseAt(d) ?? 0))}</St>{mine(d) ? <span class="muted">{t.secondOther}</span> : <Button onClick={() => { onAct({ is: 'second', order, dose: d }); }}>{t.secondDo}</Button>}</div>)}
      {refused >= 3 && <div class="say"><St tone="bad">{t.refusedThree(refused)}</St></div>}
      {s === 'active' && slots.length > 0 && <div class="slots">{slots.map((x) => <SlotWord key={x.at} slot={x} />)}</div>}
      {s === 'active' && slots.length > 0 && history.some((d) => (doseAt(d) ?? 0) < todayMidnight()) && <details class="say"><summary>{t.dosesBefore}</summary><ul class="slots">{history.filter((d) => (doseAt(d) ?? 0) < todayMidnight()).slice(-28).reverse().map((d) => { const o = outcomeOf(d); return o === null ? null : <li key={d.id}><span class={`chip ${tone[o]}`}>{stamp(doseAt(d) ?? 0)} {t.outcome[o]}{d.performer[0] !== undefined && ` ${d.performer[0].actor.display}`}</span>{(d.note[0]?.text ?? '') !== '' && <span class="muted small"> {d.note[0]?.text}</span>}</li>; })}</ul></details>}
      {(s !== 'active' || slots.length === 0) && history.length > 0 && <div class="slots">{history.slice(-4).map((d) => { const o = outcomeOf(d); return o === null ? null : <span key={d.id} class={`chip ${tone[o]}`} title={d.note[0]?.text}>{stamp(doseAt(d) ?? 0)} {t.outcome[o]}{d.performer[0] !== undefined && ` ${d.performer[0].actor.display}`}</span>; })}</div>}
    </li>
  );
}

export function Orders({ chart }: { chart: Chart }) {
  const t = chartText();
  const acting = useSignal<Acting>({ is: 'none' });
  const close = (): void => { acting.value = { is: 'none' }; };
  const rank = (o: wire.Order): number => ['draft', 'active', 'on-hold'].indexOf(o.status) === -1 ? 9 : ['draft', 'active', 'on-hold'].indexOf(o.status);
  const found = [...all(chart.orders)].sort((a, b) => rank(a) - rank(b));
  const a = acting.value;
  return (
    <div class="chart one">
      <Section id="orders" title={t.orders} count={found.length === 0 ? undefined : found.length}>
        <PartState part={chart.orders} /><PartState part={chart.doses} />
        {found.length > 0 && <ul class="orders">{found.map((o) => <Line key={o.id} chart={chart} order={o} onAct={(x) => { acting.value = x; }} />)}</ul>}
        {chart.orders.value.value !== null && found.length === 0 && <Empty icon="pill" title={t.ordersNone}>{t.ordersNoneText}</Empty>}
      </Section>
      {a.is === 'dose' && <DoseDialog chart={chart} order={a.order} onClose={close} />}
      {a.is === 'second' && <PasswordDialog title={t.secondTitle} sub={<>{wire.wordsOf(a.order.medicationCodeableConcept)}<Sep />{doseWords(a.order)}</>} act={t.secondDo} busy={t.secondBusy} run={(password) => signDose(a.dose.id, password)} onDone={() => { say(t.recorded); void chart.doses.again(); close(); }} onClose={close} />}
      {a.is === 'act' && <ReasonDialog title={a.act === 'approve' ? t.approveTitle : t[a.act]} sub={<>{wire.wordsOf(a.order.medicationCodeableConcept)}<Sep />{doseWords(a.order)}<Sep />{dayOf(a.order.authoredOn)}</>} act={t[a.act]} busy={t.actBusy} danger={a.act === 'stop'}
        draft={['orders', a.order.id, a.act]} call={(reason) => orders.act(a.order.id, a.act, reason)} onDone={() => { say(t.actDone); void chart.orders.again(); close(); }} onClose={close} />}
    </div>
  );
}
