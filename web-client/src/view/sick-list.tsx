/* The clinic's sick calls by urgency, with their clocks; above them what comes first, and what is late. */
import { useSignal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { agendaText } from '../text/agenda';
import { sickText } from '../text/sick';
import { callDo, type SickCall, type WorkRow } from '../wire/sick';
import { now } from '../state/clock';
import { hm, span, stamp } from '../state/format';
import { say, useAct, type Loaded } from '../state/load';
import { has } from '../state/session';
import { byUrgency, comesFirst, usedOf } from '../state/today';
import { Icon } from '../ui/icon';
import { Button, ClockBadge, Empty, Section, Seg, Sep, Skeleton } from '../ui/parts';
import { seeNow, type Mode } from './sick-call';

export interface Picked { id: string; mode: Mode }

const minute = 60_000;
/** "24 h", "15 min": how long it may take in all. */
function within(ms: number): string {
  const s = sickText();
  return ms < 60 * minute ? s.minutes(Math.round(ms / minute)) : ms <= 72 * 60 * minute ? s.hours(Math.round(ms / (60 * minute))) : s.days(Math.round(ms / (1440 * minute)));
}

/** A clock of days counts in days. */
const passed = (ms: number, of: number): string => (of <= 72 * 60 * minute ? span(ms) : sickText().days(Math.floor(ms / (1440 * minute))));

export function Clock({ from, due }: { from: number; due: number }) {
  const s = sickText();
  const used = (now.value - from) / Math.max(1, due - from);
  if (used >= 1) return <ClockBadge share={1} tone="over">{s.lateBy(passed(now.value - due, now.value - due))}</ClockBadge>;
  return <ClockBadge share={used} tone={used > 0.8 ? 'near' : ''}><b>{passed(now.value - from, due - from)}</b>{s.ofTime('', within(due - from))}</ClockBadge>;
}

function Urgency({ call }: { call: SickCall }) {
  const s = sickText();
  const late = (usedOf(call, now.value) ?? 0) >= 1;
  if (late && call.triage !== 'emergency') return <span class="urg over"><Icon name="time" />{s.late}</span>;
  if (call.state === 'duplicate') return <span class="urg routine"><Icon name="link" />{s.state(call.state)}</span>;
  if (call.triage === '') return <span class="urg soon"><Icon name="ask" />{s.notTriaged}</span>;
  return <span class={`urg ${call.triage}`}><Icon name={call.triage === 'emergency' ? 'u1' : call.triage === 'urgent' ? 'warn' : 'time'} />{agendaText().triage(call.triage)}</span>;
}

/** The one thing to do next. */
function Next({ call, pick }: { call: SickCall; pick: (m: Mode) => void }) {
  const s = sickText();
  const act = useAct();
  const opening = useSignal(false);
  const named = (words: string): string => `${words} ${call.patient.name}`;
  const see = async (): Promise<void> => { opening.value = true; if (!await seeNow(call)) opening.value = false; };
  const go = async (): Promise<void> => { const r = await act.run(callDo(call.id, 'go')); say(r.ok ? s.goSaid : r.fault.message); };
  const close = async (): Promise<void> => { const r = await act.run(callDo(call.id, 'close')); say(r.ok ? s.closed : r.fault.message); };
  if (call.state === 'received') return <Button kind={has('nurse') ? 'primary' : ''} label={named(s.triage)} onClick={() => { pick('triage'); }}>{s.triage}</Button>;
  if (call.visit?.state === 'in-progress') return <a class="btn" href={`/patients/${call.patient.id}`}>{s.chart}</a>;
  if ((call.state === 'triaged' || call.state === 'scheduled') && call.triage === 'emergency' && call.going === null && !has('clinic-doctor')) return <Button kind="primary" label={named(s.go)} busy={act.busy ? s.going : false} onClick={() => { void go(); }}>{s.go}</Button>;
  if (call.state === 'triaged' || call.state === 'scheduled') {
    return has('clinic-doctor') ? <>{call.triage === 'emergency' && call.going === null && <Button label={named(s.go)} busy={act.busy ? s.going : false} onClick={() => { void go(); }}>{s.go}</Button>}<Button kind={comesFirst(call, now.value) ? 'primary' : ''} label={named(s.see)} busy={opening.value ? s.seeing : false} onClick={() => { void see(); }}>{s.see}</Button></>
      : call.state === 'triaged' ? <Button label={named(s.plan)} onClick={() => { pick('plan'); }}>{s.plan}</Button> : null;
  }
  if (call.state === 'seen' || call.state === 'answered') return <Button label={named(s.close)} busy={act.busy ? s.closing : false} onClick={() => { void close(); }}>{s.close}</Button>;
  return null;
}

function CallRow({ call, picked }: { call: SickCall; picked: Signal<Picked | null> }) {
  const s = sickText();
  const pick = (mode: Mode): void => { picked.value = { id: call.id, mode }; };
  const state = call.visit !== null ? `${s.visitState(call.visit.state)}${call.visit.state === 'planned' && call.visit.start !== null ? ` ${stamp(call.visit.start)}` : ''}` : call.state === 'received' || call.state === 'triaged' ? '' : s.state(call.state);
  return (
    <div class="sick" data-row="" tabIndex={-1}>
      <Urgency call={call} />
      <span class="who"><b>{call.patient.name}</b><span>{call.patient.cell}{call.patient.cell !== '' && <Sep />}{call.patient.number}</span></span>
      <button type="button" class="say" data-open="" onClick={() => { pick('look'); }}>{call.words}<span>{s.came(s.door(call.door), call.door === 'voice' ? call.by : '', call.received === null ? '' : stamp(call.received))}{state !== '' && <><Sep />{state}</>}{call.going !== null && <><Sep /><b>{s.goes(call.going_by, hm(call.going))}</b></>}{call.like.length > 0 && <><Sep />{s.likeTitle}</>}</span></button>
      {call.clock !== '' && call.due !== null && call.clock_from !== null ? <Clock from={call.clock_from} due={call.due} /> : <span class="muted clockless">{call.state === 'duplicate' ? '' : s.state(call.state)}</span>}
      <span class="go"><Next call={call} pick={pick} /></span>
      {call.state !== 'seen' && call.state !== 'duplicate' && <button type="button" class="vh" tabIndex={-1} data-key="t" onClick={() => { pick('triage'); }}>{`${s.triage} ${call.patient.name}`}</button>}
    </div>
  );
}

const chartOf = (part: string) => (r: WorkRow): string => `/patients/${r.patient.id}${part}`;
const intakeOf = (r: WorkRow): string => `/intakes/${r.id}`;
/** Where late work that is no sick call is done; a concern has its row of its own below. */
const whereOf: Record<string, (r: WorkRow) => string> = {
  'follow-up': chartOf(''), opinion: chartOf('/notes'), result: chartOf('/labs'), screening: intakeOf, 'screening-look': intakeOf, assessment: intakeOf, review: intakeOf, transfer: (r) => `/transfers/${r.id}`, report: () => '/epidemic', contact: () => '/epidemic', 'release-summary': (r) => `/leaving/${r.id}`,
  concern: (r) => (r.patient.id === '' ? '/today#concerns' : chartOf('')(r)),
};

/** Late work that is no sick call. */
function LateRow({ row }: { row: WorkRow }) {
  const s = sickText();
  return (
    <a class="sick" data-row="" data-open="" href={whereOf[row.kind]?.(row) ?? '/today'}>
      <span class="urg over"><Icon name="time" />{s.late}</span>
      <span class="who"><b>{row.patient.name}</b><span>{row.patient.cell}{row.patient.cell !== '' && <Sep />}{row.patient.number}</span></span>
      <span class="say">{s.kinds(row.kind)}<span>{row.words}</span></span>
      <ClockBadge share={1} tone="over">{s.lateBy(passed(now.value - row.due, now.value - row.due))}</ClockBadge>
      <span class="go">{s.look}</span>
    </a>
  );
}

type Filter = 'all' | 'untriaged' | 'unseen' | 'unclosed';
const filters: Record<Filter, (c: SickCall) => boolean> = {
  all: () => true, untriaged: (c) => c.state === 'received', unseen: (c) => c.state === 'triaged' || c.state === 'scheduled', unclosed: (c) => c.state === 'seen' || c.state === 'answered',
};

export function SickCalls({ calls, late, picked, between }: { calls: Loaded<SickCall[]>; late: readonly WorkRow[]; picked: Signal<Picked | null>; between?: ComponentChildren }) {
  const s = sickText();
  const filter = useSignal<Filter>('all');
  const isRead = calls.value.value !== null;
  const all = [...(calls.value.value ?? [])].sort(byUrgency);
  const other = late.filter((r) => whereOf[r.kind] !== undefined);
  const first = all.filter((c) => comesFirst(c, now.value));
  const rest = all.filter((c) => !comesFirst(c, now.value));
  const shown = rest.filter(filters[filter.value]);
  const n = (f: Filter): number => rest.filter(filters[f]).length;
  return (
    <>
      <Section id="urgent" title={s.first} count={isRead ? first.length + other.length : undefined}>
        {!isRead && calls.slow.value && <Skeleton rows={2} />}
        {isRead && first.length + other.length === 0 && <div class="home-empty"><Empty icon="time" title={s.firstNone}>{s.firstNoneText}</Empty></div>}
        {first.length + other.length > 0 && <div class="list">{first.map((c) => <CallRow key={c.id} call={c} picked={picked} />)}{other.map((r) => <LateRow key={`${r.type}/${r.id}`} row={r} />)}</div>}
      </Section>
      {between}
      <Section id="requests" title={s.calls} count={isRead ? rest.length : undefined}
        end={rest.length > 1 ? <Seg label={s.show} value={filter.value} options={[{ value: 'all', words: s.all }, { value: 'untriaged', words: s.untriaged(n('untriaged')) }, { value: 'unseen', words: s.unseen(n('unseen')) }, { value: 'unclosed', words: s.unclosed(n('unclosed')) }]} onPick={(v: Filter) => { filter.value = v; }} /> : undefined}>
        {!isRead && calls.slow.value && <Skeleton />}
        {isRead && shown.length === 0 && <div class="home-empty"><Empty icon="ask" title={s.callsNone}>{s.callsNoneText}</Empty></div>}
        {shown.length > 0 && <div class="list">{shown.map((c) => <CallRow key={c.id} call={c} picked={picked} />)}</div>}
      </Section>
    </>
  );
}
