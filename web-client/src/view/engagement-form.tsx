/* One time that custody keeps of a detainee: added, changed with its history beside it, and the written order by which it yields to an emergency. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { custodyText } from '../text/custody';
import { addEngagement, changeEngagement, engagementHistory, orderEngagement, takenOf, type Engagement } from '../wire/escorts';
import * as wire from '../wire/fhir';
import { now } from '../state/clock';
import { day, dayKey, hm, siteMidnight, stamp } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Suggest } from '../ui/suggest';
import { Button, FaultNotice, Notice, St } from '../ui/parts';

const one_day = 86_400_000;
const minute = 60_000;

const people = (q: string) => {
  const call = wire.search('Patient', wire.readPatient, [[/^\d+$/.test(q) ? 'identifier' : 'name', q], ['_count', '8']]);
  return { ...call, read: (v: unknown, p: string) => call.read(v, p).found };
};

interface Span { from: number; until: number }

/** What that day holds already; what is met by the time that is being given is marked, with what would come of it. */
function InTheWay({ patient, on, span, kind, self }: { patient: string; on: string; span: Span | null; kind: string; self: string }) {
  const c = custodyText();
  const midnight = siteMidnight(on);
  const list = useLoad(() => takenOf(patient, midnight, midnight + one_day), `${patient} ${on}`);
  const others = (list.value.value ?? []).filter((t) => t.id === '' || t.id !== self);
  const met = span === null ? [] : others.filter((t) => t.start < span.until && t.end > span.from);
  const yields = kind === 'court' && met.every((t) => t.what === 'clinic');
  return (
    <div class="gap-2">
      {met.length > 0 && <Notice tone="warn" live>{yields ? c.engagementYields(met.length) : c.engagementTaken}</Notice>}
      <h3>{c.engagementThatDay}</h3>
      <FaultNotice fault={list.fault.value} />
      {list.value.value !== null && others.length === 0 ? <p class="help">{c.engagementFree}</p> : null}
      {others.length > 0 && <ul class="lines">{others.map((t) => <li key={`${t.start} ${t.what}`}><div><span class="num">{hm(t.start)}–{hm(t.end)}</span> {c.taken(t.what)}</div>{met.includes(t) ? <St tone="warn">{c.engagementMeets}</St> : null}</li>)}</ul>}
    </div>
  );
}

function History({ of }: { of: Engagement }) {
  const c = custodyText();
  const list = useLoad(() => engagementHistory(of.id), `${of.id} ${of.version}`);
  return (
    <div class="gap-2">
      <h3>{c.engagementHistory}</h3>
      <FaultNotice fault={list.fault.value} />
      <ol class="lines">{(list.value.value ?? []).map((v) => (
        <li key={v.version}><div>{c.kind(v.kind)} <span class="num">{day(v.start)} {hm(v.start)}–{hm(v.end)}</span><p><span class="num">{stamp(v.at)}</span>{v.order === '' ? null : <span>{c.engagementOrdered(v.order)}</span>}</p></div>{v.state === 'booked' ? null : <St tone="warn">{c.engagementState(v.state)}</St>}</li>
      ))}</ol>
    </div>
  );
}

export function EngagementForm({ of, onDone, onClose }: { of: Engagement | null; onDone: () => void; onClose: () => void }) {
  const t = text();
  const c = custodyText();
  const act = useAct();
  const who = useSignal<wire.Patient | null>(null);
  const kind = useSignal(of?.kind ?? 'court');
  const on = useSignal(dayKey(of?.start ?? now.value + one_day));
  const from = useSignal(of === null ? '09:30' : hm(of.start));
  const minutes = useSignal(String(of === null ? 120 : Math.round((of.end - of.start) / minute)));
  const tried = useSignal(false);
  const at = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(from.value.trim());
  const long = Number(minutes.value);
  const start = at === null || on.value === '' ? null : siteMidnight(on.value) + (Number(at[1]) * 60 + Number(at[2])) * minute;
  const patient = of !== null ? of.patient : who.value === null ? null : `Patient/${who.value.id}`;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (patient === null || start === null || !(long >= 5)) return;
    const done = await act.run(of === null ? addEngagement(patient, kind.value, start, long) : changeEngagement(of, kind.value, start, long));
    if (done.ok) { say(done.value > 0 ? c.engagementMoved(done.value) : of === null ? c.engagementSaved : c.engagementChanged); onDone(); }
  };
  return (
    <Dialog title={of === null ? c.engagementAdd : c.engagementChangeOf(of.name)} sub={c.engagementsSum} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        {of === null && <Suggest label={c.engagementPatient} none={c.engagementNobody} ask={people} words={(p) => ({ key: p.id, main: wire.nameOf(p), side: wire.numberOf(p) })} onPick={(p) => { who.value = p; }} value={who.value === null ? '' : wire.nameOf(who.value)} error={tried.value && who.value === null ? c.required : undefined} />}
        <SelectField label={c.engagementKind} value={kind.value} options={c.kinds} onPick={(v) => { kind.value = v; }} />
        <TextField label={c.engagementDay} type="date" value={on.value} error={tried.value && on.value === '' ? c.required : undefined} onInput={(v) => { on.value = v; }} />
        <TextField label={c.engagementTime} value={from.value} max={5} error={tried.value && at === null ? c.badTime : undefined} onInput={(v) => { from.value = v; }} />
        <TextField label={c.engagementMinutes} value={minutes.value} mode="numeric" max={3} error={tried.value && !(long >= 5) ? c.required : undefined} onInput={(v) => { minutes.value = v; }} />
        {patient !== null && on.value !== '' && <InTheWay patient={patient} on={on.value} span={start === null || !(long >= 5) ? null : { from: start, until: start + long * minute }} kind={kind.value} self={of?.id ?? ''} />}
        {of !== null && of.order !== null && <Notice tone="warn">{c.engagementLosesOrder(of.order.number)}</Notice>}
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? c.engagementSaving : false}>{of === null ? c.engagementSave : c.engagementChange}</Button></div>
      </form>
      {of !== null && <History of={of} />}
    </Dialog>
  );
}

/** The paper by which court or a lawyer's visit gives way: its number, who issued it, its day. */
export function OrderForm({ of, onDone, onClose }: { of: Engagement; onDone: () => void; onClose: () => void }) {
  const t = text();
  const c = custodyText();
  const act = useAct();
  const number = useSignal('');
  const authority = useSignal('');
  const date = useSignal(dayKey(now.value));
  const tried = useSignal(false);
  const wrong = (v: string): string | undefined => (tried.value && v.trim().length < 2 ? c.required : undefined);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if ([number, authority, date].some((f) => f.value.trim().length < 2)) return;
    const done = await act.run(orderEngagement(of.id, { number: number.value.trim(), authority: authority.value.trim(), date: date.value }));
    if (done.ok) { say(c.orderSaved); onDone(); }
  };
  return (
    <Dialog title={c.orderTitle(of.name)} sub={c.orderSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <p>{c.kind(of.kind)} <span class="num">{day(of.start)} {hm(of.start)}–{hm(of.end)}</span></p>
        <TextField label={c.orderNumber} value={number.value} max={60} error={wrong(number.value)} onInput={(v) => { number.value = v; }} />
        <TextField label={c.orderAuthority} value={authority.value} max={100} error={wrong(authority.value)} onInput={(v) => { authority.value = v; }} />
        <TextField label={c.orderDate} type="date" value={date.value} error={wrong(date.value)} onInput={(v) => { date.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? c.engagementSaving : false}>{c.orderSave}</Button></div>
      </form>
    </Dialog>
  );
}
