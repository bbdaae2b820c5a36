/* The specialist's home: what waits for an answer, what is booked, what one was told. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { visitText } from '../text/visit';
import { peopleText } from '../text/people';
import { booking as readOne, bookings, happen, isOpen, messages, ownPlace, propose, type Booking } from '../wire/agenda';
import { now } from '../state/clock';
import { brief, countdown, date, day, dayKey, hm, siteMidnight } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has, send } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, ClockBadge, Empty, FaultNotice, Notice, PageHead, Section, Skeleton, St, When } from '../ui/parts';
import { OpenHours, ToSign } from './today-specialist';
import './agenda.css';

const day_ms = 86_400_000;
const mine = (b: Booking) => b.seats.find((s) => s.own);
const firm = ['booked', 'checked-in', 'arrived'];

export const TriageMark = ({ level }: { level: string }) =>
  <St tone={level === 'emergency' ? 'bad' : level === 'urgent' ? 'warn' : undefined} icon={level === 'emergency' ? 'u1' : level === 'routine' ? 'follow' : 'time'}>{agendaText().triage(level)}</St>;

/** Who else: "joint with neurosurgery". */
function others(b: Booking): string {
  const a = agendaText();
  const names = b.seats.filter((s) => !s.own && s.need.startsWith('specialist')).map((s) => a.need(s.need));
  return names.length === 0 ? a.alone : a.jointWith(names.join(a.and));
}

/** The clinic's own know for whom. */
const patientOf = (b: Booking): string => (has('clinic-doctor') || has('nurse') ? b.seats.find((s) => s.need === 'patient')?.name ?? '' : '');
const clinic = (b: Booking): string => b.seats.filter((s) => s.need === 'clinic-doctor').map((s) => `${s.place} ${s.name}`).join(' ');

function Decline({ booking, onDone, onClose }: { booking: Booking; onDone: () => void; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const reason = useSignal(a.declineCodes[0]!);
  const submit = async (): Promise<void> => {
    const done = await act.run(happen(booking, 'decline', { reason: reason.value }));
    if (done.ok) { say(a.declined); onDone(); }
  };
  return (
    <Dialog title={a.declineTitle} sub={a.declineSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={a.cancelReason} value={reason.value} options={a.declineCodes.map((c) => ({ value: c, words: a.reason(c) }))} onPick={(v) => { reason.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions">
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" kind="danger" busy={act.busy ? a.declining : false}>{a.decline}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Another time, while the answer stays open. */
function Propose({ booking, onDone, onClose }: { booking: Booking; onDone: () => void; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const on = useSignal(dayKey(booking.start));
  const from = useSignal(hm(booking.start));
  const at = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(from.value.trim());
  const submit = async (): Promise<void> => {
    if (on.value === '' || at === null) return;
    const done = await act.run(propose(booking, siteMidnight(on.value) + (Number(at[1]) * 60 + Number(at[2])) * 60_000));
    if (done.ok) { say(a.proposed); onDone(); }
  };
  return (
    <Dialog title={a.proposeTitle} sub={a.proposeSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={a.proposeDay} type="date" value={on.value} onInput={(v) => { on.value = v; }} />
        <TextField label={a.moveTo} value={from.value} max={5} error={at === null ? a.badClock : undefined} onInput={(v) => { from.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? a.proposing : false}>{a.proposeDo}</Button></div>
      </form>
    </Dialog>
  );
}

/** What one is asked: when, with whom; to the clinic also for whom. */
export function Invite({ booking, again }: { booking: Booking; again: () => void }) {
  const a = agendaText();
  const act = useAct();
  const declining = useSignal(false);
  const proposing = useSignal(false);
  const own = booking.tentative.find((x) => x.reference === mine(booking)?.reference);
  const left = booking.until === null ? 0 : booking.until - now.value;
  const accept = async (): Promise<void> => {
    /* That somebody else has answered meanwhile changes the booking, and nothing of what one says yes to. */
    const isSame = (b: Booking): boolean => b.start === booking.start && b.end === booking.end && b.state === 'pending' && mine(b)?.answer === 'asked';
    const fresh = await send(readOne(booking.id));
    const done = await act.run(happen(fresh.ok && isSame(fresh.value) ? fresh.value : booking, 'accept'));
    if (done.ok) say(a.accepted);
    again();
  };
  return (
    <li class="invite">
      <div class="top"><b class="num">{hm(booking.start)}–{hm(booking.end)}</b><span class="muted">{day(booking.start)}</span><span class="end"><TriageMark level={booking.triage} /></span></div>
      <b>{patientOf(booking)}{patientOf(booking) !== '' && ' '}{others(booking)}</b>
      <p>{has('specialist') || has('interpreter') ? clinic(booking) : booking.seats.filter((s) => s.need.startsWith('specialist')).map((s) => `${s.name} ${s.place}`).join(a.and)}</p>
      {left > 0 && <div class="row"><ClockBadge share={1 - left / day_ms} tone={left < 1_800_000 ? 'near' : ''}>{a.answerBy(countdown(left))}</ClockBadge></div>}
      {own !== undefined && <St tone="act">{a.proposedTime(`${day(own.start)} ${hm(own.start)}`)}</St>}
      <FaultNotice fault={act.fault} />
      <div class="actions">
        <Button kind="primary" busy={act.busy ? a.accepting : false} onClick={() => { void accept(); }}>{a.accept}</Button>
        <Button onClick={() => { proposing.value = true; }}>{a.propose}</Button>
        <Button kind="plain" onClick={() => { declining.value = true; }}>{a.decline}</Button>
      </div>
      {proposing.value && <Propose booking={booking} onDone={() => { proposing.value = false; again(); }} onClose={() => { proposing.value = false; }} />}
      {declining.value && <Decline booking={booking} onDone={() => { declining.value = false; again(); }} onClose={() => { declining.value = false; }} />}
    </li>
  );
}

/** From a quarter of an hour before: the way in. */
function Door({ booking }: { booking: Booking }) {
  const a = agendaText();
  if (!firm.includes(booking.state)) return <small>{a.state(booking.state)}</small>;
  if (booking.room === '' || booking.opens === null) return <small>{a.state(booking.state)}</small>;
  const visit = booking.visit === '' ? null : <a class="btn" href={`/visits/${booking.visit}`}>{visitText().visitOf}</a>;
  if (isOpen(booking, now.value)) return <span class="row wrap">{visit}<a class="btn btn-primary" href={`/rooms/${booking.room}`}>{a.enter}</a></span>;
  return <span class="row wrap">{visit}<small>{booking.closes !== null && now.value >= booking.closes ? a.doorShut : a.doorOpens(hm(booking.opens))}</small></span>;
}

function Told() {
  const a = agendaText();
  const list = useLoad(messages, news.agenda.value);
  const all = list.value.value;
  return (
    <Section id="told" title={a.messages}>
      <FaultNotice fault={list.fault.value} />
      {all !== null && all.length === 0 ? <p class="muted">{a.messagesNone}</p> : null}
      {all !== null && all.length > 0 ? (
        <ul class="consult-list">{all.slice(0, 8).map((m) => <li key={m.number}><small><When at={m.made} /></small><span>{a.message(m.kind)}</span><small class="num">{day(m.start)} {hm(m.start)}</small></li>)}</ul>
      ) : null}
    </Section>
  );
}

/** What stands in the way of being booked: no approval yet, or a licence that ends within two months. */
function OwnPlace() {
  const p = peopleText();
  const own = useLoad(ownPlace, news.agenda.value).value.value;
  if (own === null || own.role === null) return null;
  if (own.standing === 'pending') return <Notice tone="act">{p.pendingOwn}</Notice>;
  const left = own.licence_ends === null ? Infinity : own.licence_ends - now.value;
  if (own.licence_ends === null || left > 60 * day_ms) return null;
  const ends = date(own.licence_ends - 1, true);
  return left <= 0 ? <Notice tone="bad">{p.overOwn(ends)}</Notice> : <Notice tone="warn">{p.soonOwn(ends)}</Notice>;
}

export function Invitations() {
  const a = agendaText();
  const from = useSignal(Date.now() - 3_600_000);
  const list = useLoad(() => bookings(from.value, from.value + 30 * day_ms), news.agenda.value);
  useEffect(() => { from.value = Date.now() - 3_600_000; }, [news.agenda.value]);
  const all = list.value.value === null ? null : [...list.value.value.bookings].sort((x, y) => x.start - y.start);
  const asks = (all ?? []).filter((b) => b.state === 'pending' && mine(b)?.answer === 'asked');
  const soon = (all ?? []).filter((b) => firm.includes(b.state) || (b.state === 'pending' && mine(b)?.answer === 'accepted'));
  return (
    <>
      <PageHead title={a.invitations} sum={all === null ? undefined : a.invitationsSum(asks.length, soon.length)} />
      <OwnPlace />
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all === null && list.slow.value ? <Skeleton /> : null}
      {all !== null && (
        <div class="cols">
          <div class="stack">
            <Section id="asks" title={a.invites} count={asks.length}>
              {asks.length === 0 ? <Empty icon="bell" title={a.invitesNone}>{a.invitesNoneText}</Empty> : <ul class="invites">{asks.map((b) => <Invite key={b.id} booking={b} again={() => { void list.again(); }} />)}</ul>}
            </Section>
            <Section id="soon" title={a.consults} count={soon.length}>
              {soon.length === 0 ? <Empty icon="video" title={a.consultsNone}>{a.consultsNoneText}</Empty> : (
                <ul class="consult-list">{soon.map((b) => <li key={b.id} data-row="" tabIndex={-1}><b class="num">{brief(b.start) === hm(b.start) ? hm(b.start) : `${brief(b.start)} ${hm(b.start)}`}</b><span>{others(b)}<br /><small>{clinic(b)}</small></span><Door booking={b} /></li>)}</ul>
              )}
            </Section>
            {has('specialist') && <ToSign />}
          </div>
          <div class="stack">{has('specialist') && <OpenHours />}<Told /></div>
        </div>
      )}
    </>
  );
}
