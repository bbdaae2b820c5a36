/* The homes of those who treat, plan and escort. Their lists come with the modules that fill them; until something is there,
   each says what will come. The right column holds what is already true: this login and this connection. */
import { lang, text, type Dict } from '../text';
import * as wire from '../wire/session';
import type { Role } from '../wire/roles';
import { now } from '../state/clock';
import { day, full, hms, offset } from '../state/format';
import { link } from '../state/link';
import { useLoad } from '../state/load';
import { role, session } from '../state/session';
import type { IconName } from '../ui/icon';
import { Empty, Fact, Facts, Notice, PageHead, Section, St, When } from '../ui/parts';
import { Consults } from './consults';
import { CopiesAsked } from './copies-asked';
import { LinkWords } from './frame';

interface Part { id: string; icon: IconName; title: string; empty: string; words: string }

function partsFor(r: Role | null, h: Dict['home']): { title: string; parts: Part[] } {
  const urgent: Part = { id: 'urgent', icon: 'time', title: h.urgent, empty: h.urgentEmpty, words: h.urgentText };
  const requests: Part = { id: 'requests', icon: 'ask', title: h.requests, empty: h.requestsEmpty, words: h.requestsText };
  switch (r) {
    case 'pharmacist': return { title: h.today, parts: [{ id: 'orders', icon: 'pill', title: h.orders, empty: h.ordersEmpty, words: h.ordersText }] };
    default: return { title: h.today, parts: [urgent, requests] };
  }
}

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

export function Home() {
  const t = text();
  const s = session.value;
  if (s === null) return null;
  const { title, parts } = partsFor(role.value, t.home);
  const cares = role.value === 'clinic-doctor' || role.value === 'nurse' || role.value === 'pharmacist';
  return (
    <>
      <PageHead title={title} sum={<DayAndClock />} end={cares ? <a class="btn btn-primary" href="/patients">{t.nav.patients}</a> : undefined} />
      <div class="cols">
        <div class="stack">
          {s.failed_since > 0 && <Notice tone="warn">{t.home.failedNotice(s.failed_since)} <a href="/account">{t.home.failedAct}</a></Notice>}
          {(role.value === 'clinic-doctor' || role.value === 'nurse') && <><Consults /><CopiesAsked /></>}
          {parts.map((p) => <Section key={p.id} id={p.id} title={p.title} count={0}><div class="home-empty"><Empty icon={p.icon} title={p.empty}>{p.words}</Empty></div></Section>)}
        </div>
        <div class="stack"><SignIn /></div>
      </div>
    </>
  );
}
