/* Who schedules: what waits for a time, what was declined or lost its place, before the board of the day. */
import { agendaText } from '../text/agenda';
import { deskText } from '../text/desk';
import { bookings, waiting, type Booking } from '../wire/agenda';
import { now } from '../state/clock';
import { day, dayKey, hm, siteMidnight, span } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { FaultNotice, Section } from '../ui/parts';
import { TriageMark } from './invitations';

const shown = 5;
const lost = ['declined', 'displaced'];
const patientOf = (b: Booking): string => b.seats.find((s) => s.need === 'patient')?.name ?? '';

export function Desk({ onOpen }: { onOpen: (b: Booking) => void }) {
  const a = agendaText();
  const d = deskText();
  const midnight = siteMidnight(dayKey(now.value));
  const waits = useLoad(waiting, news.agenda.value);
  const list = useLoad(() => bookings(midnight, siteMidnight(dayKey(now.value), 14)), `${midnight} ${news.agenda.value}`);
  const all = waits.value.value;
  const gone = list.value.value?.bookings.filter((b) => lost.includes(b.state)) ?? null;
  return (
    <div class="desk">
      <Section id="desk-waits" title={d.waits} count={all?.length} end={<a href="/waiting">{d.all}</a>}>
        <FaultNotice fault={waits.fault.value} again={() => { void waits.again(); }} />
        {all !== null && all.length === 0 && <p class="muted">{d.waitsNone}</p>}
        {all !== null && all.length > 0 && <ul class="consult-list">{all.slice(0, shown).map((w) => <li key={w.request}><TriageMark level={w.aged} /><span>{w.name}<br /><small>{w.needs.filter((n) => n.need.startsWith('specialist')).map((n) => a.need(n.need)).join(a.and)}</small></span><small class={now.value > w.target ? 'late' : ''}>{now.value > w.target ? d.late(span(now.value - w.target)) : d.since(`${day(w.since)} ${hm(w.since)}`)}</small></li>)}</ul>}
      </Section>
      <Section id="desk-gone" title={d.gone} count={gone?.length}>
        <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
        {gone !== null && gone.length === 0 && <p class="muted">{d.goneNone}</p>}
        {gone !== null && gone.length > 0 && <ul class="consult-list">{gone.slice(0, shown).map((b) => <li key={b.id}><b class="num">{day(b.start)} {hm(b.start)}</b><span>{patientOf(b)}<br /><small>{b.seats.filter((s) => s.answer === 'refused').map((s) => s.name).join(a.and) || a.state(b.state)}</small></span><button type="button" class="btn" aria-label={`${a.bookingTitle} ${patientOf(b)} ${hm(b.start)}`} onClick={() => { onOpen(b); }}>{a.bookingTitle}</button></li>)}</ul>}
      </Section>
    </div>
  );
}
