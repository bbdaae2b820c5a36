/* The clinic's consultations of today, and those before that nobody has closed: who comes, the way in, and what became of it. */
import { useSignal } from '@preact/signals';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { visitText } from '../text/visit';
import { bookings, happen, isOpen, type Booking } from '../wire/agenda';
import { now } from '../state/clock';
import { brief, dayKey, hm, siteMidnight } from '../state/format';
import { followed } from '../state/joint';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField } from '../ui/form';
import { Button, Empty, FaultNotice, Section, Skeleton, St } from '../ui/parts';
import './agenda.css';

const day_ms = 86_400_000;
const firm = ['booked', 'checked-in', 'arrived'];
const closed = ['fulfilled', 'noshow'];
/** By which side, for what. */
const why: Record<string, readonly string[]> = {
  hospital: ['other-duty', 'ill', 'network', 'device'],
  clinic: ['other-duty', 'ill', 'device', 'network'],
  custody: ['no-escort', 'lockdown', 'court'],
  detainee: ['care-refused', 'ill', 'left'],
  technical: ['network', 'device'],
};

const patientOf = (b: Booking): string => b.seats.find((s) => s.need === 'patient')?.name ?? '';
const whoOf = (b: Booking): string => b.seats.filter((s) => s.need.startsWith('specialist') || s.need.startsWith('interpreter')).map((s) => s.name).join(agendaText().and);

function NoShow({ booking, onDone, onClose }: { booking: Booking; onDone: () => void; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const here = booking.state === 'arrived';
  const sides = Object.keys(why).filter((v) => !here || (v !== 'detainee' && v !== 'custody'));
  const side = useSignal(sides[0]!);
  const reason = useSignal(why[sides[0]!]![0]!);
  const submit = async (): Promise<void> => {
    const done = await act.run(happen(booking, 'noshow', { side: side.value, reason: reason.value }));
    if (done.ok) { say(a.missedSaved); onDone(); }
  };
  return (
    <Dialog title={a.missedTitle} sub={`${patientOf(booking)} ${hm(booking.start)}`} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={a.cancelSide} value={side.value} options={sides.map((v) => ({ value: v, words: a.side(v) }))} onPick={(v) => { side.value = v; reason.value = why[v]![0]!; }} />
        <SelectField label={a.cancelReason} value={reason.value} options={why[side.value]!.map((v) => ({ value: v, words: a.reason(v) }))} onPick={(v) => { reason.value = v; }} />
        <p class="muted">{a.missedHelp}</p>
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? a.missedSaving : false}>{a.missedDo}</Button></div>
      </form>
    </Dialog>
  );
}

function Row({ booking, again }: { booking: Booking; again: () => void }) {
  const a = agendaText();
  const act = useAct();
  const missing = useSignal(false);
  const at = now.value;
  const name = patientOf(booking);
  const open = firm.includes(booking.state);
  const run = async (verb: string): Promise<void> => { await act.run(happen(booking, verb)); again(); };
  const step = booking.state === 'booked' ? { verb: 'check-in', words: a.checkIn } : booking.state === 'checked-in' ? { verb: 'arrive', words: a.arrive } : { verb: 'fulfil', words: a.fulfil };
  return (
    <li data-row="" tabIndex={-1}>
      <b class="num">{brief(booking.start) === hm(booking.start) ? hm(booking.start) : `${brief(booking.start)} ${hm(booking.start)}`}</b>
      <span>{name} <St tone={booking.state === 'noshow' ? 'warn' : booking.state === 'fulfilled' ? 'ok' : undefined}>{booking.state === 'noshow' ? a.missedBy(a.side(booking.side), booking.reason === '' ? '' : a.reason(booking.reason)) : a.state(booking.state)}</St><br /><small>{whoOf(booking)}</small><FaultNotice fault={act.fault} /></span>
      <span class="row wrap">
        {booking.state !== 'noshow' && booking.visit !== '' && <a class="btn" href={`/visits/${booking.visit}`} aria-label={`${visitText().visitOf} ${name}`}>{visitText().visitOf}</a>}
        {open && isOpen(booking, at) && <a class="btn btn-primary" href={`/rooms/${booking.room}`} aria-label={`${a.enter} ${name}`}>{a.enter}</a>}
        {open && (step.verb !== 'fulfil' || has('clinic-doctor')) && at >= booking.start - 3_600_000 && <Button label={`${step.words} ${name}`} busy={act.busy ? step.words : false} onClick={() => { void run(step.verb); }}>{step.words}</Button>}
        {open && at >= booking.start && <Button label={`${a.missedDo} ${name}`} onClick={() => { missing.value = true; }}>{a.missedDo}</Button>}
        {has('clinic-doctor') && booking.state !== 'noshow' && <Button kind="plain" icon="follow" label={`${a.follow} ${name}`} onClick={() => { followed.value = booking; go('/series'); }}>{a.follow}</Button>}
      </span>
      {missing.value && <NoShow booking={booking} onDone={() => { missing.value = false; again(); }} onClose={() => { missing.value = false; }} />}
    </li>
  );
}

export function Consults() {
  const a = agendaText();
  const midnight = siteMidnight(dayKey(now.value));
  const list = useLoad(() => bookings(midnight - 7 * day_ms, midnight + day_ms), `${midnight} ${news.agenda.value}`);
  const all = list.value.value?.bookings ?? null;
  const shown = (all ?? []).filter((b) => firm.includes(b.state) || (closed.includes(b.state) && b.start >= midnight)).sort((x, y) => x.start - y.start);
  const again = (): void => { void list.again(); };
  return (
    <Section id="consults" title={a.consultsToday} count={shown.length}>
      <FaultNotice fault={list.fault.value} again={again} />
      {all === null && list.slow.value ? <Skeleton rows={2} /> : null}
      {all !== null && shown.length === 0 ? <Empty icon="video" title={a.consultsTodayNone}>{a.consultsTodayNoneText}</Empty> : null}
      {shown.length > 0 && <ul class="consult-list today">{shown.map((b) => <Row key={b.id} booking={b} again={again} />)}</ul>}
    </Section>
  );
}
