/* The clinic's home: what comes first, who asks to be seen, today's consultations; for the pharmacist what waits for the check. The right
   column also holds what is true of this login and this connection. */
import type { ComponentChildren } from 'preact';
import { lang, text } from '../text';
import { agendaText } from '../text/agenda';
import { wordsOf } from '../wire/fhir';
import * as wire from '../wire/session';
import * as work from '../wire/today';
import { now } from '../state/clock';
import { day, dayKey, full, hm, hms, offset, span } from '../state/format';
import { link, news } from '../state/link';
import { useLoad } from '../state/load';
import { has, session } from '../state/session';
import { byUrgency, waitsOf, type Waits } from '../state/today';
import { Icon } from '../ui/icon';
import { ClockBadge, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Skeleton, St, When } from '../ui/parts';
import { Consults } from './consults';
import { CopiesAsked } from './copies-asked';
import { doseWords } from './dose-words';
import { FollowUps } from './follow-ups';
import { LinkWords } from './frame';
import './home.css';

function SignIn() {
  const t = text();
  const s = session.value;
  const own = useLoad(wire.account, 0);
  if (s === null) return null;
  const open = own.value.value?.sessions.length ?? null;
  const left = own.value.value?.recovery_left ?? null;
  const at = link.value;
  const note = at.is === 'live' ? (at.round_ms === null ? undefined : t.link.round(at.round_ms)) : at.is === 'lost' ? t.link.since(hms(at.since)) : undefined;
  return (
    <Section id="signin" title={t.home.signIn} end={<a href="/account">{t.nav.account}</a>}>
      <Facts>
        <Fact label={t.home.lastLogin} note={s.last_login === null ? undefined : t.home.lastFrom(s.last_login.from)}>{s.last_login === null ? t.home.first : <When at={s.last_login.at} />}</Fact>
        <Fact label={t.home.failed}>{s.failed_since === 0 ? <St tone="ok">{t.home.failedNone}</St> : <St tone="warn">{t.home.failedSome(s.failed_since)}</St>}</Fact>
        <Fact label={t.home.open}>{open === null ? '' : open <= 1 ? t.home.openOne : t.home.openMany(open)}</Fact>
        {own.value.value?.totp === true && left !== null && <Fact label={t.home.recovery}>{left < 3 ? <St tone="warn">{t.home.recoveryLeft(left)}</St> : t.home.recoveryLeft(left)}</Fact>}
        <Fact label={t.home.connection} note={note}><LinkWords /></Fact>
        <Fact label={t.home.thisSession} note={t.home.until(full(s.ends))}><When at={s.started} /></Fact>
      </Facts>
    </Section>
  );
}

function DayAndClock() {
  const at = now.value;
  return <time>{day(at)}{lang.value === 'zh' ? ' ' : ', '}{hms(at)} <span class="muted">{offset(at)}</span></time>;
}

/* -- who asks to be seen -- */

type Called = work.Named<work.SickCall> & { waits: Waits };

function SickCallRow({ c }: { c: Called }) {
  const t = text();
  const a = agendaText();
  const w = c.waits;
  const over = w.used >= 1;
  return (
    <a class="sick" href={`/patients/${encodeURIComponent(c.patient)}`} data-row="" data-open="">
      <span class={`urg ${over && w.level !== 'emergency' ? 'over' : w.level}`}><Icon name={w.level === 'emergency' ? 'u1' : over || w.level === 'urgent' ? 'warn' : 'time'} />{over ? t.home.over : a.triage(w.level)}</span>
      <span class="who"><b>{c.name}</b><span>{c.number}</span></span>
      <span class="say">{c.what.description}<span>{t.home.asked(hm(w.since) === '' ? '' : dayKey(w.since) === dayKey(now.value) ? hm(w.since) : `${day(w.since)} ${hm(w.since)}`)}</span></span>
      <ClockBadge share={w.used} tone={over ? 'over' : w.used > 0.8 ? 'near' : ''}>{over ? t.home.overBy(span(now.value - w.since - w.limit_ms)) : t.home.waitsOf(span(now.value - w.since), a.triageWithin(w.level))}</ClockBadge>
      <span class="go">{t.home.chart}</span>
    </a>
  );
}

/** between: what stands after what comes first. */
function SickCalls({ between }: { between: ComponentChildren }) {
  const h = text().home;
  const load = useLoad(work.openCalls, news.agenda.value);
  const all = (load.value.value ?? []).map((c): Called => ({ ...c, waits: waitsOf(c.what, now.value) })).sort((x, y) => byUrgency(x.waits, y.waits));
  const first = all.filter((c) => c.waits.isFirst);
  const rest = all.filter((c) => !c.waits.isFirst);
  const isRead = load.value.value !== null;
  return (
    <>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      <Section id="urgent" title={h.urgent} count={isRead ? first.length : undefined}>
        {!isRead && load.slow.value && <Skeleton rows={2} />}
        {isRead && first.length === 0 && <div class="home-empty"><Empty icon="time" title={h.urgentEmpty}>{h.urgentText}</Empty></div>}
        {first.length > 0 && <div class="list">{first.map((c) => <SickCallRow key={c.what.id} c={c} />)}</div>}
      </Section>
      {between}
      <Section id="requests" title={h.requests} count={isRead ? rest.length : undefined}>
        {!isRead && load.slow.value && <Skeleton />}
        {isRead && rest.length === 0 && <div class="home-empty"><Empty icon="ask" title={h.requestsEmpty}>{h.requestsText}</Empty></div>}
        {rest.length > 0 && <div class="list">{rest.map((c) => <SickCallRow key={c.what.id} c={c} />)}</div>}
      </Section>
    </>
  );
}

/* -- the pharmacist's -- */

function ToCheck() {
  const h = text().home;
  const load = useLoad(work.draftOrders, 0);
  const all = load.value.value;
  return (
    <Section id="orders" title={h.orders} count={all?.length}>
      <FaultNotice fault={load.fault.value} again={() => { void load.again(); }} />
      {all === null && load.slow.value && <Skeleton />}
      {all !== null && all.length === 0 && <div class="home-empty"><Empty icon="pill" title={h.ordersEmpty}>{h.ordersText}</Empty></div>}
      {all !== null && all.length > 0 && <div class="list">{all.map((o) => (
        <a key={o.what.id} class="sick to-check" href={`/patients/${encodeURIComponent(o.patient)}/orders`} data-row="" data-open="">
          <span class="who"><b>{o.name}</b><span>{o.number}</span></span>
          <span class="say">{wordsOf(o.what.medicationCodeableConcept)} {doseWords(o.what)}<span>{o.what.requester.display}</span></span>
          <span class="muted"><When at={o.what.authoredOn?.at ?? null} /></span>
          <span class="go">{h.check}</span>
        </a>))}</div>}
    </Section>
  );
}

export function Home() {
  const t = text();
  const s = session.value;
  if (s === null) return null;
  const isClinic = has('clinic-doctor') || has('nurse');
  return (
    <>
      <PageHead title={t.home.today} sum={<DayAndClock />} end={<a class="btn btn-primary" href="/patients">{t.nav.patients}</a>} />
      <div class="cols">
        <div class="stack">
          {s.failed_since > 0 && <Notice tone="warn">{t.home.failedNotice(s.failed_since)} <a href="/account">{t.home.failedAct}</a></Notice>}
          {isClinic && <SickCalls between={<><Consults /><FollowUps /><CopiesAsked /></>} />}
          {has('pharmacist') && <ToCheck />}
        </div>
        <div class="stack"><SignIn /></div>
      </div>
    </>
  );
}
