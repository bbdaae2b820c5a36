/* A specialist: what waits for the own signature, and the own open hours of the days to come. */
import { deskText } from '../text/desk';
import { sickText } from '../text/sick';
import { hours, ownPlace } from '../wire/agenda';
import { waiting } from '../wire/sign';
import { overdue } from '../wire/sick';
import { search, readNote } from '../wire/fhir';
import { now } from '../state/clock';
import { day, dayKey, siteMidnight, span, stamp } from '../state/format';
import { news } from '../state/link';
import { useLoad } from '../state/load';
import { session } from '../state/session';
import { FaultNotice, Section, St } from '../ui/parts';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const days_shown = 5;

export function ToSign() {
  const d = deskText();
  const s = sickText();
  const me = session.value?.account.person ?? '';
  const asked = useLoad(waiting, news.sign.value);
  const late = useLoad(overdue, news.late.value);
  const own = useLoad(() => search('Composition', readNote, me === '' ? [['_id', 'none']] : [['author', me], ['status', 'preliminary'], ['_sort', '-date'], ['_count', '20']]), `${me} ${news.sign.value}`);
  const rows = asked.value.value?.rows ?? [];
  const drafts = own.value.value?.found ?? [];
  const isRead = asked.value.value !== null && own.value.value !== null;
  const lateOf = (id: string) => late.value.value?.find((r) => r.id === id);
  return (
    <Section id="sign" title={d.sign} count={isRead ? rows.length + drafts.length : undefined} end={<a href="/signatures">{d.all}</a>}>
      <FaultNotice fault={asked.fault.value ?? own.fault.value} again={() => { void asked.again(); void own.again(); }} />
      {isRead && rows.length + drafts.length === 0 && <p class="muted">{d.signNone}</p>}
      {rows.length + drafts.length > 0 && (
        <ul class="consult-list">
          {drafts.map((n) => { const r = lateOf(n.id); return <li key={n.id} data-row="" tabIndex={-1}>{r === undefined ? <small>{n.date === null ? '' : stamp(n.date.at)}</small> : <St tone="bad">{s.lateBy(span(now.value - r.due))}</St>}<span>{d.own}</span><a class="btn" data-open="" href="/signatures">{d.signDo}</a></li>; })}
          {rows.map((w) => <li key={`${w.type}/${w.id}`} data-row="" tabIndex={-1}><small>{stamp(w.asked)}</small><span>{d.askedBy(w.asked_by.display)}</span><a class="btn" data-open="" href="/signatures">{d.signDo}</a></li>)}
        </ul>
      )}
    </Section>
  );
}

export function OpenHours() {
  const own = useLoad(ownPlace, news.agenda.value);
  const role = own.value.value?.role ?? null;
  return role === null ? null : <Week key={role} role={role} />;
}

function Week({ role }: { role: string }) {
  const d = deskText();
  const load = useLoad(() => hours(role), `${role} ${news.agenda.value}`);
  const all = load.value.value;
  const today = siteMidnight(dayKey(now.value));
  const noon = 12 * 3_600_000;
  const shown = Array.from({ length: days_shown }, (_, i) => siteMidnight(dayKey(today + noon), i)).map((at) => {
    const key = dayKey(at + noon);
    const away = all?.leave.some((l) => l.start <= at + noon && l.end > at + noon) ?? false;
    const extra = all?.extra.filter((x) => x.day === key) ?? [];
    const weekly = all?.weekly.filter((w) => w.days.includes(weekdays[new Date(`${key}T12:00:00Z`).getUTCDay()] ?? '')) ?? [];
    const spans = away ? [] : extra.length > 0 ? extra.flatMap((x) => (x.from === null || x.until === null ? [] : [`${x.from}–${x.until}`])) : weekly.map((w) => `${w.from}–${w.until}`);
    return { at, key, spans };
  });
  return (
    <Section id="open-hours" title={d.hours} end={<a href="/hours">{d.edit}</a>}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all !== null && <ul class="consult-list">{shown.map((x) => <li key={x.key}><small>{day(x.at + noon)}</small><span class="num">{x.spans.length === 0 ? <span class="muted">{d.noHours}</span> : x.spans.join('  ')}</span></li>)}</ul>}
    </Section>
  );
}
