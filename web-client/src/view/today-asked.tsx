/* Consultations for whose time the clinic's doctor is still to say yes: on Today, while there are any. */
import { agendaText } from '../text/agenda';
import { bookings } from '../wire/agenda';
import { now } from '../state/clock';
import { dayKey, siteMidnight } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { Section } from '../ui/parts';
import { Invite } from './invitations';

export function Asked() {
  const a = agendaText();
  const midnight = siteMidnight(dayKey(now.value));
  const list = useLoad(() => bookings(midnight, siteMidnight(dayKey(now.value), 30)), `${midnight} ${news.agenda.value}`);
  const asked = (list.value.value?.bookings ?? []).filter((b) => b.state === 'pending' && b.seats.some((s) => s.own && s.answer === 'asked'));
  if (asked.length === 0) return null;
  return <Section id="asked" title={a.invites} count={asked.length}><ul class="invites">{asked.map((b) => <Invite key={b.id} booking={b} again={() => { void list.again(); }} />)}</ul></Section>;
}
