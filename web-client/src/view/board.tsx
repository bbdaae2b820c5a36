/* The board: people, rooms, devices and escorts as rows, a day as columns. A booking is dragged to another time, or moved by a typed one; what cannot be is refused with
   the reason. Others' changes come live. */
import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { text } from '../text';
import { agendaText } from '../text/agenda';
import { board, bookings, happen, move, type Booking, type BoardRow } from '../wire/agenda';
import { now } from '../state/clock';
import { countdown, day, dayKey, hm, siteMidnight } from '../state/format';
import { followed } from '../state/joint';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { go } from '../state/route';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, IconButton, PageHead, Section, Skeleton, St } from '../ui/parts';
import { Bar, Hours, Lane, type Day } from './day-grid';
import { TriageMark } from './invitations';
import { dayOf, reaching } from './joint';
import { isLost, PlaceAgain } from './place-again';
import { Desk } from './today-desk';
import './agenda.css';

const rowKinds = ['room', 'device', 'clinic-doctor', 'escort', 'specialist'] as const;
const live = ['held', 'pending', 'booked', 'checked-in', 'arrived', 'declined'];
const step = 600_000;

const titleOf = (b: Booking): string => {
  const a = agendaText();
  const names = b.seats.filter((s) => s.need.startsWith('specialist')).map((s) => s.name);
  return names.length > 0 ? names.join(a.and) : a.state(b.state);
};
const patientOf = (b: Booking): string => b.seats.find((s) => s.need === 'patient')?.name ?? '';

function Cancel({ booking, onDone, onClose }: { booking: Booking; onDone: () => void; onClose: () => void }) {
  const t = text();
  const a = agendaText();
  const act = useAct();
  const side = useSignal('clinic');
  const reason = useSignal('need-gone');
  const submit = async (): Promise<void> => {
    const done = await act.run(happen(booking, 'cancel', { side: side.value, reason: reason.value }));
    if (done.ok) { say(a.cancelled); onDone(); }
  };
  return (
    <Dialog title={a.cancelTitle} sub={`${patientOf(booking)} ${day(booking.start)} ${hm(booking.start)}`} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={a.cancelSide} value={side.value} options={['clinic', 'hospital', 'custody', 'detainee', 'technical'].map((v) => ({ value: v, words: a.side(v) }))} onPick={(v) => { side.value = v; }} />
        <SelectField label={a.cancelReason} value={reason.value} options={a.reasonCodes.map((v) => ({ value: v, words: a.reason(v) }))} onPick={(v) => { reason.value = v; }} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger" busy={act.busy ? a.cancelling : false}>{a.cancelDo}</Button></div>
      </form>
    </Dialog>
  );
}

function One({ booking, onDone, onClose }: { booking: Booking; onDone: () => void; onClose: () => void }) {
  const a = agendaText();
  const act = useAct();
  const cancelling = useSignal(false);
  const to = useSignal(hm(booking.start));
  const run = async (verb: string, more: Record<string, string> = {}): Promise<void> => { if ((await act.run(happen(booking, verb, more))).ok) onDone(); };
  const take = async (start: number): Promise<void> => { const done = await act.run(move(booking, start, booking.seats)); if (done.ok) { say(a.moved(hm(done.value.start))); onDone(); } };
  const submit = async (): Promise<void> => {
    const at = /^(\d{1,2}):(\d{2})$/.exec(to.value);
    const midnight = dayOf(booking.start).from - 8 * 3_600_000;
    if (at === null) return;
    const when = midnight + (Number(at[1]) * 60 + Number(at[2])) * 60_000;
    const done = await act.run(move(booking, when, booking.seats));
    if (done.ok) { say(a.moved(hm(done.value.start))); onDone(); }
  };
  const left = booking.until === null ? 0 : booking.until - now.value;
  return (
    <Dialog title={patientOf(booking) || a.bookingTitle} sub={<>{day(booking.start)} {hm(booking.start)}–{hm(booking.end)} {a.state(booking.state)}{left > 0 ? `, ${a.heldFor(countdown(left))}` : ''}</>} onClose={onClose} wide>
      <div class="gap-4">
        <div class="row"><TriageMark level={booking.triage} />{booking.reason !== '' && <St tone="warn">{a.reason(booking.reason)}</St>}</div>
        <ul class="seat-list">{booking.seats.map((s) => (
          <li key={s.need + s.reference}><b>{s.name === '' ? a.need(s.need) : s.name}</b><span class="muted">{a.need(s.need)} {s.need.startsWith('specialist') ? s.place : ''}</span>
            <span class="end">{a.answer(s.answer) !== '' && <St tone={s.answer === 'accepted' ? 'ok' : s.answer === 'refused' ? 'bad' : 'act'}>{a.answer(s.answer)}</St>}
              {booking.state === 'pending' && s.answer === 'asked' && <><Button label={`${a.answerFor(s.name)}: ${a.accepts}`} onClick={() => { void run('accept', { seat: s.reference }); }}>{a.accepts}</Button><Button label={`${a.answerFor(s.name)}: ${a.declines}`} onClick={() => { void run('decline', { seat: s.reference, reason: 'other-duty' }); }}>{a.declines}</Button></>}
            </span></li>
        ))}</ul>
        {isLost(booking) && <PlaceAgain booking={booking} onDone={onDone} />}
        {booking.tentative.map((x) => <div key={x.reference} class="row wrap"><St tone="act">{a.proposedBy(x.name, `${day(x.start)} ${hm(x.start)}`)}</St><Button label={`${a.moveDo} ${day(x.start)} ${hm(x.start)}`} onClick={() => { void take(x.start); }}>{a.moveDo}</Button></div>)}
        {(booking.state === 'pending' || booking.state === 'booked') && (
          <form class="row wrap" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
            <TextField label={a.moveTo} value={to.value} onInput={(v) => { to.value = v; }} max={5} mode="numeric" />
            <Button type="submit" busy={act.busy ? a.moving : false}>{a.moveDo}</Button>
          </form>
        )}
        <FaultNotice fault={act.fault} />
        <div class="actions">
          {booking.state !== 'held' && <Button icon="follow" onClick={() => { followed.value = booking; go('/series'); }}>{a.follow}</Button>}
          {booking.state === 'held' && <Button onClick={() => { void run('extend'); }}>{a.extendDo}</Button>}
          {booking.state === 'held' && <Button kind="primary" onClick={() => { void run('ask'); }}>{a.askDo}</Button>}
          <Button kind="danger" onClick={() => { cancelling.value = true; }}>{a.cancelDo}</Button>
        </div>
      </div>
      {cancelling.value && <Cancel booking={booking} onDone={() => { cancelling.value = false; onDone(); }} onClose={() => { cancelling.value = false; }} />}
    </Dialog>
  );
}

/** A booking in a lane: pressed and moved sideways it follows the pointer in steps of ten minutes. */
function Drag({ day: d, booking, onMove, onOpen }: { day: Day; booking: Booking; onMove: (to: number) => void; onOpen: () => void }) {
  const a = agendaText();
  const shift = useSignal(0);
  const moving = useRef(false);
  const may = booking.state === 'pending' || booking.state === 'booked';
  const down = (e: PointerEvent): void => {
    const box = e.currentTarget instanceof HTMLElement ? e.currentTarget : null;
    const lane = box?.parentElement;
    if (box === null || lane === null || lane === undefined || e.button !== 0) return;
    const from = e.clientX;
    const per = (d.until - d.from) / lane.clientWidth;
    moving.current = false;
    box.setPointerCapture(e.pointerId);
    const drag = (m: PointerEvent): void => {
      if (!may || Math.abs(m.clientX - from) < 5) return;
      moving.current = true;
      box.setAttribute('data-moving', '');
      shift.value = Math.round(((m.clientX - from) * per) / step) * step;
    };
    const up = (): void => {
      box.removeEventListener('pointermove', drag);
      box.removeEventListener('pointerup', up);
      box.removeEventListener('pointercancel', up);
      box.removeAttribute('data-moving');
      const by = shift.value;
      shift.value = 0;
      if (!moving.current) onOpen();
      else if (by !== 0) onMove(booking.start + by);
    };
    box.addEventListener('pointermove', drag);
    box.addEventListener('pointerup', up);
    box.addEventListener('pointercancel', up);
  };
  const words = `${hm(booking.start + shift.value)} ${patientOf(booking)} ${titleOf(booking)} –${hm(booking.end + shift.value)} ${a.state(booking.state)}`;
  return <Bar day={d} start={booking.start + shift.value} end={booking.end + shift.value} kind={`booked ${booking.state === 'held' ? 'held' : ''}`} label={words} booking={booking.id} onDown={down} onKey={onOpen}>{hm(booking.start + shift.value)} {patientOf(booking)}</Bar>;
}

export function BoardPage() {
  const a = agendaText();
  const at = useSignal(dayOf(Date.now()));
  const open = useSignal<string | null>(null);
  const act = useAct();
  const key = `${at.value.from} ${news.agenda.value}`;
  const midnight = siteMidnight(dayKey(at.value.from));
  const list = useLoad(() => bookings(midnight, siteMidnight(dayKey(at.value.from), 1)), key);
  const all = (list.value.value?.bookings ?? []).filter((b) => live.includes(b.state));
  const whole = all.reduce(reaching, at.value);
  const rows = useLoad(() => board(whole.from, whole.until, ''), `${whole.from} ${whole.until} ${news.agenda.value}`);
  const missed = (list.value.value?.bookings ?? []).filter((b) => b.state === 'noshow');
  const used = new Set(all.flatMap((b) => b.seats.map((s) => s.reference)));
  const shown = (rows.value.value ?? []).filter((r) => r.kind === 'room' || r.kind === 'device' || r.kind === 'clinic-doctor' || used.has(r.reference));
  const again = (): void => { open.value = null; void list.again(); void rows.again(); };
  const drop = async (b: Booking, to: number): Promise<void> => {
    const done = await act.run(move(b, to, b.seats));
    if (done.ok) say(a.moved(hm(done.value.start)));
    again();
  };
  const turn = (days: number): void => { at.value = dayOf(siteMidnight(new Date(at.value.from + 12 * 3_600_000).toISOString().slice(0, 10), days) + 12 * 3_600_000); };
  const chosen = (list.value.value?.bookings ?? []).find((b) => b.id === open.value && (live.includes(b.state) || isLost(b))) ?? null;
  const group = (kind: string): readonly BoardRow[] => shown.filter((r) => r.kind === kind);
  return (
    <>
      <PageHead title={a.board} sum={a.boardSum} end={<>
        <IconButton icon="left" label={a.prevDay} onClick={() => turn(-1)} /><b class="num">{day(at.value.from)}</b><IconButton icon="right" label={a.nextDay} onClick={() => turn(1)} />
        <Button onClick={() => { at.value = dayOf(Date.now()); }}>{a.today}</Button><a class="btn btn-primary" href="/joint">{a.joint}</a></>} />
      <FaultNotice fault={list.fault.value ?? rows.fault.value} again={again} />
      <FaultNotice fault={act.fault} />
      <Desk onOpen={(b) => { at.value = dayOf(b.start); open.value = b.id; }} />
      {rows.value.value === null && rows.slow.value ? <Skeleton /> : null}
      {list.value.value !== null && all.length === 0 ? <Empty icon="cal" title={a.boardNone} action={<a class="btn" href="/waiting">{a.waiting}</a>}>{a.boardNoneText}</Empty> : null}
      <div class="daygrid-wrap" tabIndex={0} role="group" aria-label={a.board}>
        <div class="daygrid">
          <Hours day={whole} />
          {rowKinds.map((kind) => group(kind).length === 0 ? null : (
            <div key={kind}>
              <div class="grid-group">{a.kind(kind)}</div>
              {group(kind).map((r) => (
                <Lane key={r.reference + r.what} name={r.name} sub={kind === 'specialist' ? r.place : undefined}>
                  {r.free.map((f) => <Bar key={f.start} day={whole} start={f.start} end={f.end} kind="open" label={`${a.free} ${hm(f.start)}–${hm(f.end)}`} />)}
                  {r.taken.filter((x) => !all.some((b) => b.id === x.booking)).map((x) => <Bar key={x.start} day={whole} start={x.start} end={x.end} kind="busy" label={`${a.taken} ${hm(x.start)}–${hm(x.end)}`} />)}
                  {all.filter((b) => b.seats.some((s) => s.reference === r.reference && s.answer !== 'refused')).map((b) => <Drag key={b.id} day={whole} booking={b} onMove={(to) => { void drop(b, to); }} onOpen={() => { open.value = b.id; }} />)}
                </Lane>
              ))}
            </div>
          ))}
        </div>
      </div>
      {missed.length > 0 && (
        <Section id="missed" title={a.missed} count={missed.length}>
          <ul class="consult-list">{missed.map((b) => <li key={b.id}><b class="num">{hm(b.start)}</b><span>{patientOf(b)}<br /><small>{titleOf(b)}</small></span><St tone="warn">{a.missedBy(a.side(b.side), b.reason === '' ? '' : a.reason(b.reason))}</St></li>)}</ul>
        </Section>
      )}
      {chosen !== null && <One key={`${chosen.id} ${chosen.version}`} booking={chosen} onDone={again} onClose={() => { open.value = null; }} />}
    </>
  );
}
