/* The specialists of the outside hospitals, found by name, pinyin, initials, hospital, specialty or licence, and by how they stand; and the invitations by which more come. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { peopleText } from '../text/people';
import { hospitals, invitations, makeInvitation, specialists, withdrawInvitation, type Hospital, type Invitation, type Specialist } from '../wire/specialists';
import { date, full } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Row, Search, Table } from '../ui/table';
import { Button, Empty, FaultNotice, Notice, PageHead, Secret, Section, Seg, Skeleton, St } from '../ui/parts';
import './people.css';

const tones = { pending: 'act', approved: 'ok', suspended: 'bad', declined: undefined } as const;
export const Standing = ({ of }: { of: Specialist }) => <St tone={tones[of.standing as keyof typeof tones]}>{peopleText().standing(of.standing)}</St>;

export function Licence({ of }: { of: Specialist }) {
  const p = peopleText();
  if (of.licence_ends === null) return <St tone="warn">{p.licenceState('unknown')}</St>;
  const day = date(of.licence_ends - 1, true);
  return of.licence_state === 'good' ? <span class="num">{day}</span> : <St tone={of.licence_state === 'over' ? 'bad' : 'warn'}>{day} {p.licenceState(of.licence_state)}</St>;
}

function InviteDialog({ all, onClose, onMade }: { all: readonly Hospital[]; onClose: () => void; onMade: () => void }) {
  const t = text();
  const a = agendaText();
  const p = peopleText();
  const act = useAct();
  const open = all.filter((h) => h.active);
  const name = useSignal('');
  const hospital = useSignal(open[0]?.id ?? '');
  const specialty = useSignal('ophthalmology');
  const title = useSignal('chief');
  const days = useSignal('7');
  const made = useSignal<{ link: string; ends: number } | null>(null);
  const tried = useSignal(false);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (name.value.trim() === '') return;
    const done = await act.run(makeInvitation({ name: name.value.trim(), hospital: hospital.value, specialty: specialty.value, title: title.value, days: Number(days.value) }));
    if (done.ok) { made.value = { link: `${location.origin}${done.value.path}`, ends: done.value.ends }; onMade(); }
  };
  if (made.value !== null) {
    return (
      <Dialog title={p.link} sub={p.linkEnds(full(made.value.ends))} onClose={onClose} firm>
        <div class="gap-4"><Secret value={made.value.link} label={p.link} /><Notice tone="warn">{p.linkOnce}</Notice><div class="actions"><Button kind="primary" onClick={onClose}>{p.done}</Button></div></div>
      </Dialog>
    );
  }
  return (
    <Dialog title={p.invite} sub={p.inviteSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={p.name} value={name.value} max={60} error={tried.value && name.value.trim() === '' ? p.required : undefined} onInput={(v) => { name.value = v; }} />
        <SelectField label={p.hospital} value={hospital.value} options={open.map((h) => ({ value: h.id, words: h.name }))} onPick={(v) => { hospital.value = v; }} />
        <SelectField label={p.specialty} value={specialty.value} options={a.departments.map((d) => ({ value: d.code, words: d.words }))} onPick={(v) => { specialty.value = v; }} />
        <SelectField label={p.titleWord} value={title.value} options={p.titles} onPick={(v) => { title.value = v; }} />
        <SelectField label={p.days} value={days.value} options={['1', '3', '7', '14', '30'].map((v) => ({ value: v, words: v }))} onPick={(v) => { days.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? p.making : false}>{p.make}</Button></div>
      </form>
    </Dialog>
  );
}

function Invited({ all, of, again }: { all: readonly Hospital[]; of: readonly Invitation[]; again: () => void }) {
  const a = agendaText();
  const p = peopleText();
  const act = useAct();
  const withdraw = async (i: Invitation): Promise<void> => { if ((await act.run(withdrawInvitation(i.id))).ok) say(p.withdrawn); again(); };
  return (
    <Section id="invited" title={p.invitations} count={of.length}>
      <FaultNotice fault={act.fault} />
      <ul class="lines">{of.map((i) => (
        <li key={i.id}>
          <div><b>{i.name}</b><p><span>{all.find((h) => h.id === i.hospital)?.name}</span><span>{a.department(i.specialty)} {p.title(i.title)}</span><span>{p.by(i.by)}</span><span>{p.linkEnds(full(i.ends))}</span></p></div>
          <span class="end"><Button label={`${p.withdraw} ${i.name}`} onClick={() => { void withdraw(i); }}>{p.withdraw}</Button></span>
        </li>
      ))}</ul>
    </Section>
  );
}

export function DirectoryPage() {
  const a = agendaText();
  const p = peopleText();
  const words = useSignal('');
  const state = useSignal('');
  const hospital = useSignal('');
  const inviting = useSignal(false);
  const list = useLoad(() => specialists(words.value, state.value, hospital.value), `${words.value}/${state.value}/${hospital.value}/${news.agenda.value}`);
  const places = useLoad(hospitals, news.agenda.value);
  const sent = useLoad(invitations, news.agenda.value);
  const all = list.value.value;
  const houses = places.value.value ?? [];
  const open = (sent.value.value ?? []).filter((i) => i.state === 'open');
  return (
    <>
      <PageHead title={a.directory} sum={all === null ? undefined : p.sum(all.length)} end={<Button kind="primary" icon="plus" disabled={houses.length === 0} onClick={() => { inviting.value = true; }}>{p.invite}</Button>} />
      <div class="stack">
        {open.length > 0 && <Invited all={houses} of={open} again={() => { void sent.again(); }} />}
        <div>
          <div class="filters">
            <Search label={a.directoryFind} value={words.value} onSearch={(q) => { words.value = q; }} />
            <SelectField label={p.hospital} value={hospital.value} options={[{ value: '', words: p.anyHospital }, ...houses.map((h) => ({ value: h.id, words: h.name }))]} onPick={(v) => { hospital.value = v; }} />
            <Seg label={p.filter} value={state.value} options={p.filters} onPick={(v) => { state.value = v; }} />
          </div>
          <FaultNotice fault={list.fault.value ?? places.fault.value ?? sent.fault.value} again={() => { void list.again(); void places.again(); void sent.again(); }} />
          {all === null && list.slow.value ? <Skeleton /> : null}
          {all !== null && all.length === 0 ? <Empty icon="people" title={p.none}>{p.noneText}</Empty> : null}
          {all !== null && all.length > 0 ? (
            <Table label={a.directory} columns={[{ words: a.kind('specialist') }, { words: p.specialty }, { words: p.hospital, wide: true }, { words: p.licenceEnds }, { words: p.stand }, { words: p.open, hidden: true, end: true }]}>
              {all.map((r) => (
                <Row key={r.role}>
                  <td><b>{r.name}</b> <small class="muted">{p.title(r.title)}</small></td><td>{a.department(r.what)}</td><td>{r.place}</td><td><Licence of={r} /></td><td><Standing of={r} /></td>
                  <td class="right"><a class="btn" data-open="" href={`/directory/${r.role}`} aria-label={`${p.open} ${r.name}`}>{p.open}</a></td>
                </Row>
              ))}
            </Table>
          ) : null}
        </div>
      </div>
      {inviting.value && <InviteDialog all={houses} onClose={() => { inviting.value = false; }} onMade={() => { void sent.again(); }} />}
    </>
  );
}
