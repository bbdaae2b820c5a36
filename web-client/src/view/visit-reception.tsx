/* The waiting room, from both sides: the clinic checks who the patient is, asks on camera, and lets in one by one; who comes from outside waits. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { visitText } from '../text/visit';
import { visit as readVisit, visitStep, type Guest, type Visit } from '../wire/visits';
import { hms } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { Dialog } from '../ui/dialog';
import { Check, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, Notice, Section, St } from '../ui/parts';
import { RefuseDialog } from './visit-consent';
import './visit.css';

interface Part { visit: Visit; put: (v: Visit) => void }

function Identity({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const how = useSignal<readonly string[]>([]);
  const enough = (how.value.includes('name') || visit.stands.exception) && (how.value.includes('face') || how.value.includes('number'));
  const save = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'identify', { how: how.value })); if (done.ok) put(done.value); };
  if (visit.identity !== null) return <p><St tone="ok">{v.identityDone(visit.identity.by)}</St></p>;
  return (
    <fieldset class="pick-list" data-step="identity"><legend>{v.identity}</legend><p class="help">{v.identityText}</p>
      {['name', 'face', 'number'].map((h) => <Check key={h} label={v.howIs[h] ?? ''} checked={how.value.includes(h)} onPick={(on) => { how.value = on ? [...how.value, h] : how.value.filter((x) => x !== h); }} />)}
      <FaultNotice fault={act.fault} />
      <div class="row"><Button kind="primary" disabled={!enough} busy={act.busy ? v.recording : false} onClick={() => { void save(); }}>{v.identityDo}</Button>{!enough && <small class="muted">{v.identityNeeds}</small>}</div>
    </fieldset>
  );
}

function Camera({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const present = useSignal<readonly string[]>([]);
  const refusing = useSignal(false);
  const yes = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'consent', { kind: 'camera', present: present.value })); if (done.ok) put(done.value); };
  const names = (visit.booking?.seats ?? []).filter((s) => s.name !== '' && !s.need.startsWith('room') && !s.need.startsWith('device') && s.need !== 'escort').map((s) => s.name);
  return (
    <fieldset class="pick-list" data-step="camera"><legend>{v.camera}</legend><p class="help">{v.cameraText}</p>
      <p><b>{[...new Set([...names, ...visit.guests.map((g) => g.name)])].join(' · ')}</b></p>
      <p class="muted small">{v.present}</p>
      <div class="row wrap">{['guard', 'nurse', 'interpreter', 'other'].map((p) => <Check key={p} label={v.presentCode[p] ?? ''} checked={present.value.includes(p)} onPick={(on) => { present.value = on ? [...present.value, p] : present.value.filter((x) => x !== p); }} />)}</div>
      <FaultNotice fault={act.fault} />
      <div class="row wrap"><Button kind="primary" busy={act.busy ? v.recording : false} onClick={() => { void yes(); }}>{v.cameraYes}</Button>{visit.may.includes('refuse') && <Button onClick={() => { refusing.value = true; }}>{v.cameraNo}</Button>}</div>
      {refusing.value && <RefuseDialog visit={visit} onDone={(next) => { refusing.value = false; put(next); }} onClose={() => { refusing.value = false; }} />}
    </fieldset>
  );
}

/** Asked for itself, and taken back for itself: what is being recorded stops with that. */
function Recording({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const last = visit.consents.find((c) => c.kind === 'recording');
  const say_it = async (agrees: boolean): Promise<void> => { const done = await act.run(visitStep(visit.id, 'consent', { kind: 'recording', agrees })); if (done.ok) put(done.value); };
  if (last !== undefined && last.says !== 'withdrawn') return <div class="row wrap" data-step="recording"><St>{v.recordAsked(last.says === 'agreed')}</St>{last.says === 'agreed' ? <Button kind="plain" onClick={() => { void say_it(false); }}>{v.recordTakeBack}</Button> : <Button kind="plain" onClick={() => { void say_it(true); }}>{v.recordYes}</Button>}<FaultNotice fault={act.fault} /></div>;
  return <div class="row wrap" data-step="recording"><span>{v.record}</span><Button onClick={() => { void say_it(true); }}>{v.recordYes}</Button><Button onClick={() => { void say_it(false); }}>{v.recordNo}</Button><FaultNotice fault={act.fault} /></div>;
}

function GuestLine({ visit, guest, put }: Part & { guest: Guest }) {
  const v = visitText();
  const act = useAct();
  const named = visit.stands.exception || (visit.consents.find((c) => c.kind === 'camera')?.people.some((p) => p.account === guest.account) ?? false);
  const ready = visit.stands.camera && visit.identity !== null && named;
  const admit = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'admit', { account: guest.account })); if (done.ok) put(done.value); };
  return (
    <li data-guest={guest.account}>
      <b>{guest.name}</b> {guest.waits !== null && <small class="num muted">{hms(guest.waits)}</small>}
      <span class="end">{guest.admitted !== null ? <St tone="ok">{v.admitted}</St> : <Button kind="primary" label={`${v.admit} ${guest.name}`} disabled={!ready} busy={act.busy ? v.admitting : false} onClick={() => { void admit(); }}>{v.admit}</Button>}</span>
      {visit.stands.camera && !named && <small>{v.notNamed}</small>}
      <FaultNotice fault={act.fault} />
    </li>
  );
}

function ExceptDialog({ visit, put, onClose }: Part & { onClose: () => void }) {
  const v = visitText();
  const why = useSignal('');
  const act = useAct();
  const submit = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'except', { reason: why.value.trim() })); if (done.ok) { put(done.value); onClose(); } };
  return (
    <Dialog title={v.exceptTitle} sub={v.exceptSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy && why.value.trim() !== '') void submit(); }}>
        <TextField label={v.exceptWhy} value={why.value} max={300} onInput={(w) => { why.value = w; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="danger" disabled={why.value.trim() === ''} busy={act.busy ? v.recording : false}>{v.except}</Button></div>
      </form>
    </Dialog>
  );
}

/** The emergency in which nobody can be asked: said by one clinician, confirmed by another. */
export function Exception({ visit, put }: Part) {
  const v = visitText();
  const act = useAct();
  const saying = useSignal(false);
  const last = visit.consents.find((c) => c.kind === 'exception');
  const confirm = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'confirm')); if (done.ok) { say(v.confirmed); put(done.value); } };
  if (visit.stands.exception) return <Notice tone="warn">{v.except}. {last?.reason} {last !== undefined && v.seconded(last.second)}</Notice>;
  return (
    <>
      {last?.says === 'waiting' && <Notice tone="warn">{v.exceptAsked} {last.reason} {visit.may.includes('confirm') && <Button kind="danger" busy={act.busy ? v.recording : false} onClick={() => { void confirm(); }}>{v.confirm}</Button>}</Notice>}
      {last?.says !== 'waiting' && visit.may.includes('except') && <div><Button kind="plain" onClick={() => { saying.value = true; }}>{v.except}</Button></div>}
      <FaultNotice fault={act.fault} />
      {saying.value && <ExceptDialog visit={visit} put={put} onClose={() => { saying.value = false; }} />}
    </>
  );
}

function WithdrawDialog({ visit, put, onClose }: Part & { onClose: () => void }) {
  const v = visitText();
  const act = useAct();
  const stop = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'withdraw')); if (done.ok) { say(v.withdrawn); put(done.value); onClose(); } };
  return <Dialog title={v.withdrawTitle} sub={v.withdrawSub} onClose={onClose}><FaultNotice fault={act.fault} /><div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button kind="danger" busy={act.busy ? v.recording : false} onClick={() => { void stop(); }}>{v.withdrawDo}</Button></div></Dialog>;
}

const running = ['arrived', 'in-progress', 'onleave'];

/** The clinic's side, on the visit's page and beside its call. */
export function Reception({ visit, put, level = 2 }: Part & { level?: 2 | 3 }) {
  const v = visitText();
  const act = useAct();
  const stopping = useSignal(false);
  const arrive = async (): Promise<void> => { const done = await act.run(visitStep(visit.id, 'arrive')); if (done.ok) put(done.value); };
  const may = (verb: string): boolean => visit.may.includes(verb);
  const isRunning = running.includes(visit.state);
  const body = (
    <div class="reception" data-reception={visit.state}>
      {may('arrive') && visit.booking !== null && visit.booking.room !== '' && <div><Button kind="primary" busy={act.busy ? v.arriving : false} onClick={() => { void arrive(); }}>{v.arrive}</Button></div>}
      <FaultNotice fault={act.fault} />
      {isRunning && <Identity visit={visit} put={put} />}
      {isRunning && visit.identity !== null && !visit.stands.camera && <Camera visit={visit} put={put} />}
      {isRunning && visit.stands.camera && !visit.stands.exception && <Recording visit={visit} put={put} />}
      {isRunning && <div><b>{v.waitingNow}</b>{visit.guests.length === 0 ? <p class="muted">{v.waitingNone}</p> : <ul class="guest-list">{visit.guests.map((g) => <GuestLine key={g.account} visit={visit} guest={g} put={put} />)}</ul>}</div>}
      <Exception visit={visit} put={put} />
      {may('withdraw') && visit.stands.camera && <div><Button kind="danger" onClick={() => { stopping.value = true; }}>{v.withdraw}</Button></div>}
      {stopping.value && <WithdrawDialog visit={visit} put={put} onClose={() => { stopping.value = false; }} />}
    </div>
  );
  return level === 2 ? <Section id="reception" title={v.reception}>{body}</Section> : body;
}

/** Beside the call: folded away once everybody who waits is in. */
export function RoomReception({ id }: { id: string }) {
  const v = visitText();
  const load = useLoad(() => readVisit(id), `${id} ${news.agenda.value}`);
  const visit = load.value.value;
  if (visit === null || !visit.inside || visit.may.length === 0) return null;
  const waits = visit.guests.some((g) => g.waits !== null && g.admitted === null) || visit.identity === null || !visit.stands.camera;
  return (
    <section class="reception-part" aria-label={v.reception}>
      <details class="room-reception" open={waits}><summary>{v.reception} <St tone={waits ? 'act' : 'ok'}>{v.state[visit.state]}</St></summary><Reception visit={visit} put={(next) => { load.value.value = next; }} level={3} /></details>
    </section>
  );
}

/** Who comes from outside, until the clinic lets them in. */
export function Waiting({ id, onAdmitted, onLeave }: { id: string; onAdmitted: () => void; onLeave: () => void }) {
  const v = visitText();
  const act = useAct();
  const load = useLoad(() => readVisit(id), `${id} ${news.agenda.value}`);
  const visit = load.value.value;
  useEffect(() => { void act.run(visitStep(id, 'wait')).then((r) => { if (r.ok) load.value.value = r.value; }); }, [id]);
  const isIn = visit !== null && visit.admitted && visit.stands.camera;
  useEffect(() => { if (isIn) onAdmitted(); }, [isIn]);
  return (
    <Empty icon="time" title={v.waitTitle} action={<Button onClick={onLeave}>{v.leaveWait}</Button>}>
      <span data-waiting={visit?.waits === true ? '' : undefined}>{v.waitText}{visit?.waits === true && <><br />{v.waitSince}</>}</span>
      <FaultNotice fault={act.fault ?? load.fault.value} />
    </Empty>
  );
}
