/* The clinic's home: what comes first, who asks to be seen, today's consultations; for the pharmacist what waits for the check. The right
   column also holds what is true of this login and this connection. */
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { lang, text } from '../text';
import { sickText } from '../text/sick';
import { wordsOf } from '../wire/fhir';
import * as wire from '../wire/session';
import { overdue, results, sickCalls, type SickCall } from '../wire/sick';
import * as work from '../wire/today';
import { now } from '../state/clock';
import { day, full, hms, offset } from '../state/format';
import { link, news } from '../state/link';
import { useLoad } from '../state/load';
import { has, session } from '../state/session';
import { comesFirst } from '../state/today';
import { lettersOn, typing } from '../ui/keys';
import { Button, Empty, Fact, Facts, FaultNotice, Notice, PageHead, Section, Skeleton, St, When } from '../ui/parts';
import { ConcernsToday } from './concerns';
import { Consults } from './consults';
import { CopiesAsked } from './copies-asked';
import { StatementsWaiting } from './statements';
import { doseWords } from './dose-words';
import { FollowUps } from './follow-ups';
import { LeavingToday } from './leaving';
import { AllegationsToday } from './allegations';
import { lateOf, TodayIntakes } from './intakes';
import { intakes } from '../wire/intake';
import { LinkWords } from './frame';
import { CallDialog } from './sick-call';
import { EnterCall } from './sick-enter';
import { SickCalls, type Picked } from './sick-list';
import { Results } from './today-results';
import { Asked } from './today-asked';
import { TodayVisits } from './today-visits';
import { TransfersToday } from './transfers';
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

/* -- the clinic's -- */

/** T on a row: it is triaged. */
function useTriageKey(): void {
  useEffect(() => {
    const down = (e: KeyboardEvent): void => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.defaultPrevented || !lettersOn.value || typing(e) || document.querySelector('dialog[open]') !== null) return;
      if (e.key.toLowerCase() !== 't') return;
      const key = document.activeElement?.closest('[data-row]')?.querySelector<HTMLElement>('[data-key=t]');
      if (key) { e.preventDefault(); key.click(); }
    };
    document.addEventListener('keydown', down);
    return () => { document.removeEventListener('keydown', down); };
  }, []);
}

function Waiting({ count }: { count: Signal<number> }) {
  const list = useLoad(results, news.results.value);
  const n = list.value.value?.length ?? 0;
  useEffect(() => { count.value = n; }, [n]);
  return <Results list={list} />;
}

function Clinic({ notice }: { notice: ComponentChildren }) {
  const t = text();
  const s = sickText();
  const calls = useLoad(sickCalls, news.sick.value);
  const late = useLoad(overdue, `${news.late.value} ${news.sick.value}`);
  const arrived = useLoad(intakes, `${news.sick.value} ${news.late.value}`);
  const waiting = useSignal(0);
  const picked = useSignal<Picked | null>(null);
  const entering = useSignal(false);
  useTriageKey();
  const all = calls.value.value ?? [];
  const told = late.value.value ?? [];
  /* A late intake comes first also before it has been told to who looks here. */
  const lateRows = [...told, ...lateOf(arrived.value.value ?? [], now.value).filter((r) => !told.some((o) => o.id === r.id))];
  const chosen = all.find((c) => c.id === picked.value?.id) ?? null;
  const changed = (call: SickCall): void => {
    calls.value.value = [...all.filter((c) => c.id !== call.id), call];
    void calls.again();
    void late.again();
  };
  const first = all.filter((c) => comesFirst(c, now.value)).length;
  return (
    <>
      <PageHead title={t.home.today} sum={<>{s.sum(first, lateRows.length, waiting.value) || <DayAndClock />}</>} end={<><a class="btn" href="/patients">{t.nav.patients}</a><Button kind="primary" icon="plus" onClick={() => { entering.value = true; }}>{s.enter}</Button></>} />
      <div class="cols">
        <div class="stack">
          {notice}
          <FaultNotice fault={calls.fault.value ?? late.fault.value} again={() => { void calls.again(); void late.again(); }} />
          <SickCalls calls={calls} late={lateRows} picked={picked} />
          <ConcernsToday />
          <TransfersToday />
          <LeavingToday />
          <TodayIntakes list={arrived} />
          {has('clinic-doctor') && <AllegationsToday />}
          <FollowUps />
          <p class="keys hint"><span><span class="kbd">J</span><span class="kbd">K</span>{t.keys.next}</span><span><span class="kbd">T</span>{s.triage}</span><span><span class="kbd">?</span>{t.keys.title}</span></p>
        </div>
        <div class="stack">
          <Asked /><Consults />
          <TodayVisits />
          {has('clinic-doctor') && <Waiting count={waiting} />}
          <StatementsWaiting />
          <CopiesAsked />
          {has('pharmacist') && <ToCheck />}
          <SignIn />
        </div>
      </div>
      {entering.value && <EnterCall onDone={(call) => { entering.value = false; changed(call); picked.value = { id: call.id, mode: 'triage' }; }} onClose={() => { entering.value = false; }} />}
      {chosen !== null && picked.value !== null && <CallDialog key={chosen.id} call={chosen} all={all} mode={picked.value.mode} onChange={changed} onClose={() => { picked.value = null; }} />}
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
  const notice = s.failed_since > 0 ? <Notice tone="warn">{t.home.failedNotice(s.failed_since)} <a href="/account">{t.home.failedAct}</a></Notice> : null;
  if (has('clinic-doctor') || has('nurse')) return <Clinic notice={notice} />;
  return (
    <>
      <PageHead title={t.home.today} sum={<DayAndClock />} end={<a class="btn btn-primary" href="/patients">{t.nav.patients}</a>} />
      <div class="cols">
        <div class="stack">{notice}{has('pharmacist') && <ToCheck />}</div>
        <div class="stack"><SignIn /></div>
      </div>
    </>
  );
}
