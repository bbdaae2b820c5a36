/* The outside hospitals: added, renamed, retired; and the departments that each has. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { peopleText } from '../text/people';
import { hospitals, putDepartments, putHospital, type Hospital } from '../wire/specialists';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Button, Empty, FaultNotice, PageHead, Skeleton, St } from '../ui/parts';
import './people.css';

function Name({ of, onDone, onClose }: { of: Hospital | null; onDone: () => void; onClose: () => void }) {
  const t = text();
  const p = peopleText();
  const act = useAct();
  const name = useSignal(of?.name ?? '');
  const tried = useSignal(false);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (name.value.trim() === '') return;
    const done = await act.run(putHospital(of?.id ?? null, name.value.trim(), of?.active ?? true));
    if (done.ok) { say(p.hospitalSaved); onDone(); }
  };
  return (
    <Dialog title={of === null ? p.hospitalAdd : p.hospitalRename} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={p.hospitalName} value={name.value} max={60} error={tried.value && name.value.trim() === '' ? p.required : undefined} onInput={(v) => { name.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? p.hospitalSaving : false}>{p.hospitalSave}</Button></div>
      </form>
    </Dialog>
  );
}

function Departments({ of, onDone, onClose }: { of: Hospital; onDone: () => void; onClose: () => void }) {
  const t = text();
  const p = peopleText();
  const act = useAct();
  const held = useSignal<readonly string[]>(of.departments);
  const turn = (code: string): void => { held.value = held.value.includes(code) ? held.value.filter((c) => c !== code) : [...held.value, code]; };
  const submit = async (): Promise<void> => {
    const done = await act.run(putDepartments(of.id, held.value));
    if (done.ok) { say(p.hospitalSaved); onDone(); }
  };
  return (
    <Dialog title={p.departmentsOf(of.name)} sub={p.departmentsHelp} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <fieldset class="picks"><legend class="vh">{p.departments}</legend>{agendaText().departments.map((d) => (
          <label key={d.code} class="check"><input type="checkbox" checked={held.value.includes(d.code)} onChange={() => { turn(d.code); }} />{d.words}</label>
        ))}</fieldset>
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? p.hospitalSaving : false}>{p.hospitalSave}</Button></div>
      </form>
    </Dialog>
  );
}

export function HospitalsPage() {
  const p = peopleText();
  const naming = useSignal<Hospital | null | undefined>(undefined);
  const sorting = useSignal<Hospital | null>(null);
  const list = useLoad(hospitals, news.agenda.value);
  const act = useAct();
  const all = list.value.value;
  const again = (): void => { naming.value = undefined; sorting.value = null; void list.again(); };
  const turn = async (h: Hospital): Promise<void> => { if ((await act.run(putHospital(h.id, h.name, !h.active))).ok) say(p.hospitalSaved); again(); };
  const add = <Button kind="primary" icon="plus" onClick={() => { naming.value = null; }}>{p.hospitalAdd}</Button>;
  return (
    <>
      <PageHead title={p.hospitals} sum={all === null ? undefined : p.hospitalsSum(all.length)} end={add} />
      <FaultNotice fault={list.fault.value ?? act.fault} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && all.length === 0 ? <Empty icon="home" title={p.hospitalsNone}>{p.hospitalsNoneText}</Empty> : null}
      {all !== null && all.length > 0 && (
        <ul class="lines">{all.map((h) => (
          <li key={h.id}>
            <div><b>{h.name}</b> {!h.active && <St tone="warn">{p.hospitalIsOff}</St>}<p><span>{p.hospitalPeople(h.specialists)}</span><span>{p.departmentsSum(h.departments.map((c) => agendaText().department(c)))}</span></p></div>
            <span class="end"><Button label={`${p.departments} ${h.name}`} onClick={() => { sorting.value = h; }}>{p.departments}</Button><Button label={`${p.hospitalRename} ${h.name}`} onClick={() => { naming.value = h; }}>{p.hospitalRename}</Button><Button label={`${h.active ? p.hospitalOff : p.hospitalOn} ${h.name}`} onClick={() => { void turn(h); }}>{h.active ? p.hospitalOff : p.hospitalOn}</Button></span>
          </li>
        ))}</ul>
      )}
      {sorting.value !== null && <Departments key={sorting.value.id} of={sorting.value} onDone={again} onClose={() => { sorting.value = null; }} />}
      {naming.value !== undefined && <Name of={naming.value} onDone={again} onClose={() => { naming.value = undefined; }} />}
    </>
  );
}
