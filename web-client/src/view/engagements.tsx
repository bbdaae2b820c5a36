/* The times that custody keeps of detainees: scheduling keeps clear of them. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { custodyText } from '../text/custody';
import { addEngagement, cancelEngagement, engagements, type Engagement } from '../wire/escorts';
import * as wire from '../wire/fhir';
import { now } from '../state/clock';
import { day, dayKey, hm, siteMidnight } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Suggest } from '../ui/suggest';
import { Button, Empty, FaultNotice, PageHead, Skeleton, St } from '../ui/parts';
import './people.css';

const two_weeks = 14 * 86_400_000;

const people = (q: string) => {
  const call = wire.search('Patient', wire.readPatient, [[/^\d+$/.test(q) ? 'identifier' : 'name', q], ['_count', '8']]);
  return { ...call, read: (v: unknown, p: string) => call.read(v, p).found };
};

function Add({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = text();
  const c = custodyText();
  const act = useAct();
  const who = useSignal<wire.Patient | null>(null);
  const kind = useSignal('court');
  const on = useSignal(dayKey(now.value + 86_400_000));
  const from = useSignal('09:30');
  const minutes = useSignal('120');
  const tried = useSignal(false);
  const at = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(from.value.trim());
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (who.value === null || on.value === '' || at === null || !(Number(minutes.value) >= 5)) return;
    const start = siteMidnight(on.value) + (Number(at[1]) * 60 + Number(at[2])) * 60_000;
    const done = await act.run(addEngagement(`Patient/${who.value.id}`, kind.value, start, Number(minutes.value)));
    if (done.ok) { say(done.value > 0 ? c.engagementMoved(done.value) : c.engagementSaved); onDone(); }
  };
  return (
    <Dialog title={c.engagementAdd} sub={c.engagementsSum} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <Suggest label={c.engagementPatient} none={c.engagementNobody} ask={people} words={(p) => ({ key: p.id, main: wire.nameOf(p), side: wire.numberOf(p) })} onPick={(p) => { who.value = p; }} value={who.value === null ? '' : wire.nameOf(who.value)} error={tried.value && who.value === null ? c.required : undefined} />
        <SelectField label={c.engagementKind} value={kind.value} options={c.kinds} onPick={(v) => { kind.value = v; }} />
        <TextField label={c.engagementDay} type="date" value={on.value} error={tried.value && on.value === '' ? c.required : undefined} onInput={(v) => { on.value = v; }} />
        <TextField label={c.engagementTime} value={from.value} max={5} error={tried.value && at === null ? c.badTime : undefined} onInput={(v) => { from.value = v; }} />
        <TextField label={c.engagementMinutes} value={minutes.value} mode="numeric" max={3} error={tried.value && !(Number(minutes.value) >= 5) ? c.required : undefined} onInput={(v) => { minutes.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? c.engagementSaving : false}>{c.engagementSave}</Button></div>
      </form>
    </Dialog>
  );
}

export function EngagementsPage() {
  const c = custodyText();
  const adding = useSignal(false);
  const act = useAct();
  const from = siteMidnight(dayKey(now.value));
  const list = useLoad(() => engagements(from, from + two_weeks), `${from} ${news.agenda.value}`);
  const all = list.value.value;
  const again = (): void => { adding.value = false; void list.again(); };
  const cancel = async (e: Engagement): Promise<void> => { if ((await act.run(cancelEngagement(e.id))).ok) say(c.engagementCancelled); again(); };
  return (
    <>
      <PageHead title={c.engagements} sum={c.engagementsSum} end={<Button kind="primary" icon="plus" onClick={() => { adding.value = true; }}>{c.engagementAdd}</Button>} />
      <FaultNotice fault={list.fault.value ?? act.fault} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="cal" title={c.engagementsNone}>{c.engagementsNoneText}</Empty> : null}
      {all !== null && all.length > 0 && (
        <ul class="lines">{all.map((e) => (
          <li key={e.id}>
            <div><b>{e.name}</b> <St>{c.kind(e.kind)}</St>{e.aside && <> <St tone="warn">{c.engagementAside}</St></>}<p class="num">{day(e.start)} {hm(e.start)}–{hm(e.end)}</p></div>
            <span class="end"><Button label={`${c.engagementCancel} ${e.name} ${hm(e.start)}`} onClick={() => { void cancel(e); }}>{c.engagementCancel}</Button></span>
          </li>
        ))}</ul>
      )}
      {adding.value && <Add onDone={again} onClose={() => { adding.value = false; }} />}
    </>
  );
}
