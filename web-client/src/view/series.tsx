/* Follow-ups that come again: each day is looked for by itself, what does not fit says what is in the way and which times there are, and all that are
   chosen are booked one after the other, each answered by itself. */
import { useSignal } from '@preact/signals';
import { faultText } from '../text';
import { agendaText } from '../text/agenda';
import { bookings, find, series, start, type Block, type Booking, type Proposal, type Triage } from '../wire/agenda';
import type { Fault } from '../wire/fault';
import { now } from '../state/clock';
import { day, dayKey, full, hm, siteMidnight } from '../state/format';
import { followed } from '../state/joint';
import { say, useAct, useLoad } from '../state/load';
import { has, send } from '../state/session';
import { Check, SelectField, TextField } from '../ui/form';
import { Button, Empty, FaultNotice, PageHead, Section, St } from '../ui/parts';
import './agenda.css';

const day_ms = 86_400_000;
const kept = ['booked', 'checked-in', 'arrived', 'fulfilled', 'pending'];

/** One follow-up: the day that the rule says, what was found for it, and what became of it. */
interface Turn { due: string; found: string; choices: readonly Proposal[]; at: number; block: Block | null; made: Booking | null; fault: Fault | null }

const patientOf = (b: Booking): string => b.seats.find((s) => s.need === 'patient')?.name ?? '';
const specialistsOf = (b: Booking): string => b.seats.filter((s) => s.need.startsWith('specialist')).map((s) => s.name).join(agendaText().and);
const wordsOf = (b: Booking): string => `${day(b.start)} ${hm(b.start)} ${patientOf(b)} ${specialistsOf(b)}`;

function Line({ turn, nth, onPick }: { turn: Turn; nth: number; onPick: (at: number) => void }) {
  const a = agendaText();
  const due = siteMidnight(turn.due);
  const one = turn.choices[turn.at];
  const moved = turn.found === 'found' && one !== undefined && dayKey(one.start) !== turn.due;
  return (
    <li>
      <b class="num">{nth + 1}. {day(due)}</b>
      <span>
        {turn.made !== null ? <St tone="ok">{a.seriesMade(a.state(turn.made.state), full(turn.made.start))}</St>
          : turn.found === 'beyond' ? <St tone="warn">{a.seriesBeyond}</St>
            : turn.found === 'found' && turn.fault === null ? <St tone={moved ? 'warn' : 'ok'}>{moved ? a.seriesMoved(full(one!.start)) : a.seriesFound}</St>
              : <St tone="bad">{turn.fault !== null ? faultText(turn.fault) : a.seriesNone}</St>}
        {turn.made === null && turn.found !== 'beyond' && turn.block !== null && <><br /><small>{turn.block.needs.filter((n) => n.state !== 'can').map((n) => a.blockNeed(a.need(n.need), n.state)).join('; ')}</small></>}
        {turn.made === null && one !== undefined && <><br /><small>{one.seats.filter((s) => s.need.startsWith('specialist') || s.need === 'clinic-doctor').map((s) => s.name).join(a.and)}</small></>}
      </span>
      {turn.made === null && turn.found !== 'beyond' ? (
        <SelectField label={a.seriesTime(nth + 1)} value={String(turn.at)} options={[...turn.choices.map((p, i) => ({ value: String(i), words: `${day(p.start)} ${hm(p.start)}–${hm(p.end)}` })), { value: '-1', words: a.seriesSkip }]} onPick={(v) => onPick(Number(v))} />
      ) : <span />}
    </li>
  );
}

function Plan({ booking }: { booking: Booking }) {
  const a = agendaText();
  const act = useAct();
  const busy = useSignal(false);
  const first = useSignal(dayKey(Math.max(booking.start, now.value) + 7 * day_ms));
  const unit = useSignal<'weeks' | 'months'>('weeks');
  const every = useSignal('2');
  const count = useSignal('4');
  const tolerance = useSignal('3');
  const at = useSignal(hm(booking.start));
  const same = useSignal(true);
  const turns = useSignal<readonly Turn[]>([]);
  const minutes = Math.round((booking.end - booking.start) / 60_000);
  const patient = booking.seats.find((s) => s.need === 'patient')?.reference;
  const whom = patient === undefined || patient === '' ? {} : { patient };
  const triage = booking.triage as Triage;
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at.value.trim());
  const needs = (named: boolean): { need: string; reference?: string }[] => booking.seats.filter((s) => s.need !== 'patient')
    .map((s) => (named && (s.need.startsWith('specialist') || s.need === 'clinic-doctor') ? { need: s.need, reference: s.reference } : { need: s.need }));
  const around = async (due: string): Promise<{ choices: readonly Proposal[]; block: Block | null }> => {
    const wide = (unit.value === 'weeks' ? Number(every.value) * 7 : 28) / 2;
    const from = Math.max(now.value + 600_000, siteMidnight(due, -Math.min(7, wide)));
    const got = await send(find({ ...whom, needs: needs(false), minutes, triage, from, until: siteMidnight(due, Math.min(14, wide) + 1) }));
    return got.ok ? { choices: got.value.proposals.slice(0, 5), block: got.value.block } : { choices: [], block: null };
  };
  const look = async (): Promise<void> => {
    if (clock === null || first.value === '') return;
    const got = await act.run(series({ ...whom, needs: needs(same.value), minutes, triage, first: first.value, unit: unit.value, every: Number(every.value), count: Number(count.value), tolerance: Number(tolerance.value), at: `${clock[1]!.padStart(2, '0')}:${clock[2]!}` }));
    if (!got.ok) return;
    turns.value = await Promise.all(got.value.map(async (o): Promise<Turn> => {
      const plain = { due: o.due, found: o.found, made: null, fault: null };
      if (o.found !== 'no-time') return { ...plain, choices: o.proposal === null ? [] : [o.proposal], at: o.proposal === null ? -1 : 0, block: null };
      return { ...plain, ...await around(o.due), at: -1 };
    }));
  };
  const put = (nth: number, change: Partial<Turn>): void => { turns.value = turns.value.map((t, i) => (i === nth ? { ...t, ...change } : t)); };
  const chosen = turns.value.filter((t) => t.made === null && t.choices[t.at] !== undefined);
  const book = async (): Promise<void> => {
    busy.value = true;
    let made = 0;
    for (const [nth, t] of turns.value.entries()) {
      const p = t.choices[t.at];
      if (t.made !== null || p === undefined) continue;
      const got = await send(start({ ...whom, triage, start: p.start, minutes, seats: p.seats, ask: true }));
      if (got.ok) { made += 1; put(nth, { made: got.value, fault: null }); } else put(nth, { fault: got.fault, found: 'no-time', ...await around(t.due), at: -1 });
    }
    busy.value = false;
    say(a.seriesDone(made));
  };
  const pick = (from: number, to: number): { value: string; words: string }[] => Array.from({ length: to - from + 1 }, (_, i) => ({ value: String(from + i), words: String(from + i) }));
  const stale = (): void => { turns.value = turns.value.filter((t) => t.made !== null); };
  return (
    <>
      <form class="joint-form" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy && !busy.value) void look(); }}>
        <div class="fields">
          <TextField label={a.seriesFirst} type="date" value={first.value} onInput={(v) => { first.value = v; stale(); }} />
          <SelectField label={a.seriesEvery} value={every.value} options={pick(1, 12)} onPick={(v) => { every.value = v; stale(); }} />
          <SelectField label={a.seriesUnit} value={unit.value} options={[{ value: 'weeks' as const, words: a.seriesWeeks }, { value: 'months' as const, words: a.seriesMonths }]} onPick={(v) => { unit.value = v; stale(); }} />
          <SelectField label={a.seriesCount} value={count.value} options={pick(1, 26)} onPick={(v) => { count.value = v; stale(); }} />
          <TextField label={a.seriesAt} value={at.value} max={5} error={clock === null ? a.badClock : undefined} onInput={(v) => { at.value = v; stale(); }} />
          <SelectField label={a.seriesTolerance} value={tolerance.value} options={pick(0, 3)} onPick={(v) => { tolerance.value = v; stale(); }} />
        </div>
        <Check label={a.seriesSame} checked={same.value} onPick={(on) => { same.value = on; stale(); }} help={specialistsOf(booking)} />
        <FaultNotice fault={act.fault} />
        <div class="row"><Button type="submit" kind="primary" icon="search" busy={act.busy ? a.searching : false}>{a.seriesLook}</Button></div>
      </form>
      {turns.value.length > 0 && (
        <Section id="turns" title={a.series} end={<span class="muted">{a.seriesSum(turns.value.filter((t) => t.found === 'found').length, turns.value.length)}</span>}>
          <ul class="consult-list turns">{turns.value.map((t, i) => <Line key={t.due} turn={t} nth={i} onPick={(v) => put(i, { at: v })} />)}</ul>
          <div class="row after"><Button kind="primary" disabled={chosen.length === 0} busy={busy.value ? a.holding : false} onClick={() => { if (!busy.value) void book(); }}>{a.seriesBook(chosen.length)}</Button></div>
          <p class="muted">{a.seriesHelp}</p>
        </Section>
      )}
    </>
  );
}

export function SeriesPage() {
  const a = agendaText();
  const from = useSignal(now.value - 30 * day_ms);
  const list = useLoad(() => bookings(from.value, from.value + 60 * day_ms), 0);
  const all = (list.value.value?.bookings ?? []).filter((b) => kept.includes(b.state));
  const one = followed.value;
  const options = one === null || all.some((b) => b.id === one.id) ? all : [one, ...all];
  return (
    <>
      <PageHead title={a.series} sum={a.seriesSub} end={<a class="btn" href={has('scheduling-admin') ? '/board' : '/today'}>{has('scheduling-admin') ? a.board : a.today}</a>} />
      <FaultNotice fault={list.fault.value} />
      <div class="joint-form"><SelectField label={a.seriesOf} value={one?.id ?? ''} options={[{ value: '', words: a.seriesPick }, ...options.map((b) => ({ value: b.id, words: wordsOf(b) }))]} onPick={(v) => { followed.value = options.find((b) => b.id === v) ?? null; }} /></div>
      {one === null ? <Empty icon="follow" title={a.seriesPick}>{a.seriesPickText}</Empty> : <Plan key={one.id} booking={one} />}
    </>
  );
}
