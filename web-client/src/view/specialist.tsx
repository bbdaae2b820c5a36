/* One specialist as who schedules sees it: how the person stands, the licence, and what is booked; approved, suspended, replaced here. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { peopleText } from '../text/people';
import { happen, type Booking } from '../wire/agenda';
import { changeSpecialist, putLicence, specialist, type Specialist, type Verb, type Whole } from '../wire/specialists';
import { date, day, dayKey, hm } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { path } from '../state/route';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Skeleton, St } from '../ui/parts';
import { Licence, Standing } from './directory';
import './people.css';

function Why({ of, verb, onDone, onClose }: { of: Specialist; verb: 'suspend' | 'decline'; onDone: () => void; onClose: () => void }) {
  const t = text();
  const p = peopleText();
  const act = useAct();
  const reason = useSignal('other');
  const stops = verb === 'suspend';
  const submit = async (): Promise<void> => {
    const done = await act.run(changeSpecialist(of.role, verb, reason.value));
    if (done.ok) { say(stops ? p.suspended : p.declined); onDone(); }
  };
  return (
    <Dialog title={stops ? p.suspendTitle(of.name) : p.declineTitle(of.name)} sub={stops ? p.suspendSub : p.declineSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={p.why} value={reason.value} options={p.reasons} onPick={(v) => { reason.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? p.suspending : false}>{stops ? p.suspend : p.decline}</Button></div>
      </form>
    </Dialog>
  );
}

function LicenceForm({ of, again }: { of: Specialist; again: () => void }) {
  const p = peopleText();
  const act = useAct();
  const number = useSignal(of.licence);
  const ends = useSignal(of.licence_ends === null ? '' : dayKey(of.licence_ends - 1));
  const tried = useSignal(false);
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (number.value.trim() === '' || ends.value === '') return;
    const done = await act.run(putLicence(of.role, number.value.trim(), ends.value));
    if (done.ok) { say(p.licenceSaved); again(); }
  };
  return (
    <form class="licence-form" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
      <TextField label={p.licenceNumber} value={number.value} max={32} error={tried.value && number.value.trim() === '' ? p.required : undefined} onInput={(v) => { number.value = v; }} />
      <TextField label={p.licenceEnds} type="date" value={ends.value} error={tried.value && ends.value === '' ? p.badDay : undefined} onInput={(v) => { ends.value = v; }} />
      <Button type="submit" busy={act.busy ? p.savingLicence : false}>{p.saveLicence}</Button>
      <FaultNotice fault={act.fault} />
    </form>
  );
}

/** A booking that this specialist sits in: another is put in the same place, the rest stay. */
function Gap({ booking, of, again }: { booking: Booking; of: Specialist; again: () => void }) {
  const a = agendaText();
  const p = peopleText();
  const act = useAct();
  const seat = booking.seats.find((s) => s.reference === of.reference);
  const open = booking.state === 'pending' || booking.state === 'booked' || booking.state === 'checked-in';
  const repair = async (): Promise<void> => {
    const done = await act.run(happen(booking, 'decline', { seat: of.reference, reason: 'other-duty' }));
    if (!done.ok) return;
    say(done.value.seats.some((s) => s.reference === of.reference && s.answer === 'refused') ? p.repairLater : p.repaired);
    again();
  };
  return (
    <li>
      <div><b class="num">{day(booking.start)} {hm(booking.start)}–{hm(booking.end)}</b><p><span>{booking.seats.filter((s) => s.need !== 'patient' && s !== seat && s.name !== '').map((s) => s.name).join(a.and)}</span><St>{a.state(booking.state)}</St></p><FaultNotice fault={act.fault} /></div>
      {open && of.standing !== 'approved' && <span class="end"><Button kind="primary" busy={act.busy ? p.repairing : false} label={`${p.repair} ${day(booking.start)} ${hm(booking.start)}`} onClick={() => { void repair(); }}>{p.repair}</Button></span>}
    </li>
  );
}

function One({ whole, again }: { whole: Whole; again: () => void }) {
  const a = agendaText();
  const p = peopleText();
  const act = useAct();
  const why = useSignal<'suspend' | 'decline' | null>(null);
  const s = whole.specialist;
  const run = async (verb: Verb, words: string): Promise<void> => { if ((await act.run(changeSpecialist(s.role, verb, null))).ok) { say(words); again(); } };
  const ends = s.licence_ends === null ? '' : date(s.licence_ends - 1, true);
  return (
    <>
      <PageHead title={s.name} sum={<>{s.place} {a.department(s.what)} {p.title(s.title)}</>} end={<>
        <a class="btn" href={`/hours/${s.role}`}>{p.hours}</a>
        {s.standing === 'pending' && <Button kind="danger" onClick={() => { why.value = 'decline'; }}>{p.decline}</Button>}
        {(s.standing === 'pending' || s.standing === 'declined') && <Button kind="primary" busy={act.busy ? p.approving : false} onClick={() => { void run('approve', p.approved); }}>{p.approve}</Button>}
        {s.standing === 'approved' && <Button kind="danger" onClick={() => { why.value = 'suspend'; }}>{p.suspend}</Button>}
        {s.standing === 'suspended' && <Button kind="primary" busy={act.busy ? p.approving : false} onClick={() => { void run('reinstate', p.reinstated); }}>{p.reinstate}</Button>}
      </>} />
      <div class="stack">
        <FaultNotice fault={act.fault} />
        {s.standing === 'pending' && <Notice tone="act">{p.checkFirst}</Notice>}
        {s.licence_state === 'over' && <Notice tone="bad">{p.licenceOver(ends)}</Notice>}
        {s.licence_state === 'soon' && <Notice tone="warn">{p.licenceSoon(ends)}</Notice>}
        <Facts>
          <Fact label={p.stand} note={s.why === '' ? undefined : p.reason(s.why)}><Standing of={s} /></Fact>
          <Fact label={p.licence} note={s.licence}><Licence of={s} /></Fact>
          <Fact label={p.account} note={s.login === null ? undefined : s.second_factor ? p.factor : p.noFactor}>{s.login ?? p.noAccount}</Fact>
        </Facts>
        <Section id="licence" title={p.licence}><LicenceForm key={`${s.licence} ${ends}`} of={s} again={again} /></Section>
        <Section id="booked" title={p.booked} count={whole.bookings.length}>
          {whole.bookings.length === 0 ? <p class="muted">{p.bookedNone}</p> : <ul class="lines">{whole.bookings.map((b) => <Gap key={b.id} booking={b} of={s} again={again} />)}</ul>}
        </Section>
      </div>
      {why.value !== null && <Why of={s} verb={why.value} onDone={() => { why.value = null; again(); }} onClose={() => { why.value = null; }} />}
    </>
  );
}

export function SpecialistPage() {
  const p = peopleText();
  const role = /^\/directory\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1] ?? '-';
  const loaded = useLoad(() => specialist(role), `${role} ${news.agenda.value}`);
  const whole = loaded.value.value;
  return (
    <>
      {whole === null && loaded.fault.value !== null && <><PageHead title={p.back} /><FaultNotice fault={loaded.fault.value} again={() => { void loaded.again(); }} /><Empty icon="people" title={p.none} action={<a class="btn" href="/directory">{p.back}</a>} /></>}
      {whole === null && loaded.slow.value ? <Skeleton /> : null}
      {whole !== null && <One whole={whole} again={() => { void loaded.again(); }} />}
    </>
  );
}
