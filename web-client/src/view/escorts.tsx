/* A guard's tasks: whom to fetch, from where, to where, when; never what for. A tap reports a step; out of reach it is kept and sent later. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../text';
import { custodyText } from '../text/custody';
import { transferText } from '../text/transfer';
import { intakeText } from '../text/intake';
import { alarm } from '../wire/sick';
import { arrangeEscort, escortPeople, escorts, isolated, steps, vehicles, type Escort, type Step, type Told, type Vehicle } from '../wire/escorts';
import { now } from '../state/clock';
import { day, hm, siteMidnight, stamp, dayKey } from '../state/format';
import { flushTaps, refusalRead, refused, tap, taken, taps } from '../state/escorts';
import { day_ms, keepDay, keptDay, wipeDay } from '../state/kept-day';
import { isOut, link, news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has, session } from '../state/session';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, Notice, PageHead, Seg, Skeleton, St } from '../ui/parts';
import { Row, Table } from '../ui/table';
import { Housing } from './housing';
import { ToldMe, WardCounts } from './ward-counts';
import './custody.css';

const order: readonly Step[] = ['requested', 'accepted', 'collected', 'delivered', 'returned'];
const isOver = (e: Escort): boolean => e.step === 'returned' || e.step === 'failed';
const tones = { requested: 'warn', accepted: 'act', collected: 'act', delivered: 'act', returned: 'ok', failed: 'bad' } as const;
const Mark = ({ of }: { of: Escort }) => <St tone={tones[of.step]}>{of.step === 'failed' && of.reason !== '' ? custodyText().reason(of.reason) : custodyText().step(of.step)}</St>;

/** As the server has it, and what was tapped since. */
function withTaps(all: readonly Escort[]): Escort[] {
  return all.map((e) => taps.value.filter((t) => t.id === e.id).reduce<Escort>((so, t) => (steps.indexOf(t.step) > steps.indexOf(so.step) ? { ...so, step: t.step, at: t.at, reason: t.reason } : so), e));
}

function Cannot({ of, onClose }: { of: Escort; onClose: () => void }) {
  const t = text();
  const c = custodyText();
  const reason = useSignal('no-escort');
  return (
    <Dialog title={c.cannotTitle} sub={c.cannotSub} onClose={onClose}>
      <form class="gap-4 esc-cannot" noValidate onSubmit={(e) => { e.preventDefault(); tap(of.id, 'failed', reason.value); onClose(); }}>
        <SelectField label={c.cannotTitle} value={reason.value} options={c.reasons} onPick={(v) => { reason.value = v; }} />
        <div class="actions"><Button onClick={onClose}>{t.cancel}</Button><Button type="submit" kind="danger">{c.cannotDo}</Button></div>
      </form>
    </Dialog>
  );
}

/** How whoever is brought is to be brought: what is asked for, and that nothing is. */
function Precautions({ of }: { of: Escort }) {
  const c = custodyText();
  const asked = of.precautions;
  const lines = [
    ...asked.map((p) => ({ words: c.precaution(p), minds: true })),
    ...(asked.includes('unfit') ? [] : [{ words: c.fit, minds: false }]),
    ...(asked.includes('isolated') ? [] : [{ words: c.notIsolated, minds: false }]),
  ];
  return <ul class="esc-facts" aria-label={c.precautions}>{lines.map((l) => <li key={l.words} data-minds={l.minds ? '' : undefined}><Icon name={l.minds ? 'warn' : 'check'} size="l" />{l.words}</li>)}</ul>;
}

/** To a hospital outside: who leads, how many go, in what. When is the clinic's to say. */
function Arrange({ of, onDone, onClose }: { of: Escort; onDone: () => void; onClose: () => void }) {
  const t = transferText();
  const people = useLoad(escortPeople, 0);
  const lead = useSignal('');
  const officers = useSignal(String(of.outing?.officers ?? 2));
  const vehicle = useSignal<Vehicle>('van');
  const tried = useSignal(false);
  const act = useAct();
  const many = /^\d+$/.test(officers.value.trim()) ? Number(officers.value) : 0;
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (lead.value === '' || many < 1 || many > 12) return;
    const done = await act.run(arrangeEscort(of.id, lead.value, many, vehicle.value));
    if (done.ok) { say(t.arrangedDone); onDone(); }
  };
  const all = people.value.value;
  return (
    <Dialog title={t.arrangeTitle(of.name)} sub={t.arrangeSub} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <SelectField label={t.lead} value={lead.value} options={[{ value: '', words: all !== null && all.length === 0 ? t.leadNone : t.choose }, ...(all ?? []).map((p) => ({ value: p.id, words: p.name }))]} onPick={(v) => { lead.value = v; }} error={tried.value && lead.value === '' ? t.needed : undefined} />
        <TextField label={t.officers} mode="numeric" max={2} value={officers.value} onInput={(v) => { officers.value = v; }} error={tried.value && (many < 1 || many > 12) ? t.needed : undefined} />
        <SelectField label={t.vehicle} value={vehicle.value} options={vehicles.map((value) => ({ value, words: t.vehicles[value] ?? value }))} onPick={(v) => { vehicle.value = v; }} />
        <FaultNotice fault={people.fault.value ?? act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.arranging : false}>{t.arrangeDo}</Button></div>
      </form>
    </Dialog>
  );
}

function One({ of, again }: { of: Escort; again: () => void }) {
  const c = custodyText();
  const cannot = useSignal(false);
  const next = order[order.indexOf(of.step) + 1] as Told | undefined;
  const arranging = useSignal(false);
  const unarranged = of.outing !== null && !of.outing.arranged;
  const waits = unarranged && of.step === 'requested';
  const left = Math.round((of.start - now.value) / 60_000);
  return (
    <section class="esc-one" aria-label={of.name}>
      <div class="who"><h2>{of.name}</h2><span class="num">{of.number}</span>{of.owner !== '' && <span>{of.owner}</span>}</div>
      <div class="fromto"><span>{of.cell}<small>{c.from}</small></span><Icon name="arrow" size="l" /><span>{of.room}<small>{c.to}</small></span><span class="end num">{hm(of.start)}–{hm(of.end)}<small>{isOver(of) ? c.step(of.step) : c.inMinutes(left)}</small></span></div>
      {isOver(of) ? null : <Precautions of={of} />}
      {of.step === 'failed' ? <Mark of={of} /> : (
        <ol class="stepper" aria-label={c.steps}>{order.map((s) => <li key={s} data-on={order.indexOf(s) < order.indexOf(of.step) ? '' : undefined} aria-current={s === of.step ? 'step' : undefined}><Icon name={order.indexOf(s) <= order.indexOf(of.step) ? 'check' : 'time'} size="s" />{c.step(s)}{s === of.step && of.at !== null && <small class="num">{hm(of.at)}</small>}</li>)}</ol>
      )}
      {!isOver(of) && of.outing !== null && <p class="row wrap">{of.outing.arranged ? <St tone="ok">{transferText().outOf(of.outing.officers, transferText().vehicles[of.outing.vehicle] ?? '')}</St> : <St tone="warn">{transferText().unarranged}</St>}</p>}
      {!isOver(of) && unarranged && has('duty-command') && <div class="esc-act"><Button kind={waits ? 'primary' : ''} icon="badge" onClick={() => { arranging.value = true; }}>{transferText().arrange}</Button>{waits && <Button onClick={() => { cannot.value = true; }}>{c.cannot}</Button>}</div>}
      {!isOver(of) && next !== undefined && !waits && (
        <div class="esc-act"><Button kind="primary" icon="check" onClick={() => tap(of.id, next)}>{c.next[of.step]}</Button><Button onClick={() => { cannot.value = true; }}>{c.cannot}</Button></div>
      )}
      {arranging.value && <Arrange of={of} onDone={() => { arranging.value = false; again(); }} onClose={() => { arranging.value = false; }} />}
      {cannot.value && <Cannot of={of} onClose={() => { cannot.value = false; }} />}
    </section>
  );
}

/** Who is to be kept apart, by cell: for the command. */
function Isolation() {
  const c = custodyText();
  const list = useLoad(isolated, `${news.agenda.value} ${Math.floor(now.value / half_minute)}`);
  const all = list.value.value;
  return (
    <>
      <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />
      {all !== null && all.length === 0 ? <Empty icon="check" title={c.isolationNone}>{c.isolationNoneText}</Empty> : null}
      {all !== null && all.length > 0 && (
        <Table label={c.isolation} columns={[{ words: c.cell }, { words: c.who, wide: true }, { words: c.number, end: true }, { words: c.isolationIn }, { words: c.isolationUntil, end: true }]}>{all.map((e) => <Row key={`${e.number} ${e.name}`}><td><b>{e.cell}</b></td><td>{e.name}</td><td class="num">{e.number}</td><td>{e.place === '' ? c.ownCell : e.place}</td><td class="num">{e.until === null ? '' : stamp(e.until)}</td></Row>)}</Table>
      )}
    </>
  );
}

function Counts({ all }: { all: readonly Escort[] }) {
  const c = custodyText();
  const today = all.filter((e) => dayKey(e.start) === dayKey(now.value));
  return (
    <section class="gap-4" aria-label={c.counts}>
      <ul class="esc-counts">{steps.map((s) => <li key={s}><b class="num">{today.filter((e) => e.step === s).length}</b>{c.step(s)}</li>)}</ul>
      <p class="help">{c.countsHelp(today.length)}</p>
    </section>
  );
}

/** The day from morning to evening: each way in its hour, what overlaps, how long is free between. */
function DayPlan({ all }: { all: readonly Escort[] }) {
  const c = custodyText();
  const ways = [...all].sort((a, b) => a.start - b.start || a.end - b.end);
  const days = [...new Set(ways.map((e) => dayKey(e.start)))];
  if (ways.length === 0) return <Empty icon="cal" title={c.none}>{c.noneText}</Empty>;
  return (
    <div class="gap-5 plan-days">
      {days.map((key) => {
        const of = ways.filter((e) => dayKey(e.start) === key);
        const here = key === dayKey(now.value) ? of.findIndex((e) => e.start > now.value) : -1;
        const at = here === -1 && key === dayKey(now.value) ? of.length : here;
        const mark = <li class="day-now" key="now"><time class="num">{hm(now.value)}</time><span>{c.nowHere}</span></li>;
        return (
          <section key={key} aria-label={day(of[0]!.start)}>
            <div class="sec-head"><h2>{day(of[0]!.start)}</h2><span class="count">{of.length}</span></div>
            <ol class="day-plan">
              {of.flatMap((e, i) => {
                const before = of.slice(0, i).filter((o) => o.step !== 'failed');
                const busy = Math.max(...before.map((o) => o.end), 0);
                const meets = e.step !== 'failed' && !isOver(e) && before.some((o) => !isOver(o) && o.end > e.start);
                const free = busy === 0 ? 0 : Math.round((e.start - busy) / 60_000);
                return [
                  ...(free >= 15 ? [<li class="day-free" key={`${e.id} free`}>{c.freeFor(free)}</li>] : []),
                  ...(i === at ? [mark] : []),
                  <li key={e.id} data-over={isOver(e) ? '' : undefined}>
                    <span class="num"><time>{hm(e.start)}</time><small>{hm(e.end)}</small></span>
                    <span class="day-what"><b>{e.name} <span class="num">{e.number}</span></b><span>{e.cell} → {e.room}</span>{!isOver(e) && e.precautions.length > 0 && <span class="day-minds">{e.precautions.map((p) => <St key={p} tone="warn">{c.precaution(p)}</St>)}</span>}</span>
                    <span class="day-state"><Mark of={e} />{meets && <St tone="bad">{c.overlaps}</St>}</span>
                  </li>,
                ];
              })}
              {at === of.length && mark}
            </ol>
          </section>
        );
      })}
    </div>
  );
}

/** What the server did not take: whose, which steps, why; until it was read. */
function Refused({ all }: { all: readonly Escort[] }) {
  const c = custodyText();
  const ids = [...new Set(refused.value.map((t) => t.id))];
  return (
    <>
      {ids.map((id) => {
        const of = refused.value.filter((t) => t.id === id);
        const whose = all.find((e) => e.id === id);
        return (
          <div class="notice bad esc-refused" role="alert" key={id}>
            <Icon name="u1" size="m" />
            <div class="grow"><b>{c.notTaken(whose === undefined ? '' : `${whose.name} ${whose.number}`)}</b><p>{of.map((t) => `${hm(t.at)} ${c.step(t.step)}`).join(c.comma)}</p><p>{c.why(of[0]!.no)}</p></div>
            <Button onClick={() => { refusalRead(id); }}>{c.read}</Button>
          </div>
        );
      })}
    </>
  );
}

const half_minute = 30_000;
type Tab = 'escorts' | 'plan' | 'housing' | 'isolation' | 'counts';

/** Registers what opens the page without a line; a browser that will not does without. */
const worker = (): void => { void navigator.serviceWorker?.register('/offline.js').catch(() => {}); };

/** An emergency in the clinic has nobody: no word of whom, or of what. */
function Alarm() {
  const c = custodyText();
  const told = useLoad(alarm, news.alarm.value).value.value;
  if (told === null || told.since === null) return null;
  return told.coming === null ? <Notice tone="bad" live><b>{c.alarm(hm(told.since))}</b><br />{c.alarmText}</Notice> : <Notice tone="act" live><b>{c.alarmComing(hm(told.coming))}</b><br />{c.alarmComingText}</Notice>;
}

export function EscortsPage() {
  const t = text();
  const c = custodyText();
  const chosen = useSignal<string | null>(null);
  const tab = useSignal<Tab>('escorts');
  const tabs: readonly Tab[] = has('duty-command') ? ['escorts', 'plan', 'housing', 'isolation', 'counts'] : ['escorts', 'plan', 'counts'];
  const midnight = siteMidnight(dayKey(now.value));
  const list = useLoad(() => escorts(midnight, midnight + 2 * 86_400_000), `${midnight} ${news.agenda.value} ${taken.value} ${Math.floor(now.value / half_minute)}`);
  useEffect(() => { if (link.value.is === 'live') void flushTaps(); }, [link.value.is]);
  const keeps = has('guard');
  useEffect(() => { if (keeps) worker(); }, []);
  useEffect(() => { if (keeps && list.value.value !== null && session.value !== null && list.fault.value === null) keepDay(session.value, list.value.value); }, [list.at.value]);
  /* Out of reach for ten minutes: nobody's name stays on the tablet. A page that was opened on what is kept counts from when the server was heard. */
  const begun = useRef(keeps ? keptDay() : null);
  const unheard = list.fault.value !== null && list.fault.value.status === 0;
  const heard = list.at.value > 0 ? list.at.value : begun.current === null ? 0 : begun.current.at + begun.current.skew;
  const isGone = keeps && heard > 0 && now.value - heard >= day_ms;
  useEffect(() => { if (isGone) { list.value.value = null; begun.current = null; wipeDay(); } }, [isGone]);
  const raw = isGone ? null : list.value.value ?? (list.fault.value === null || unheard ? begun.current?.escorts ?? null : null);
  const all = raw === null ? null : withTaps(raw).sort((a, b) => Number(isOver(a)) - Number(isOver(b)) || a.start - b.start);
  const open = (all ?? []).filter((e) => !isOver(e));
  const shown = (all ?? []).find((e) => e.id === chosen.value) ?? open[0] ?? all?.[0] ?? null;
  const today = dayKey(now.value);
  const isCut = isOut.value || link.value.is === 'lost';
  return (
    <>
      <PageHead title={t.nav.escorts} sum={all === null ? undefined : c.sum(open.length)} />
      {has('duty-command') && <Alarm />}
      {isCut && !isGone && <Notice tone="warn" live>{c.offline}{keeps && heard > 0 && <><br /><span class="num">{c.keptUntil(hm(heard + day_ms))}</span></>}</Notice>}
      {isGone && <Notice tone="bad" live><b>{c.goneTitle}</b><br />{c.gone}</Notice>}
      {/* Not for the moment that a report is on its way: what a finger aims at would jump. */}
      {taps.value.length > 0 && (isCut || now.value - taps.value[0]!.at > 3000) && <Notice tone="warn" live>{c.waiting(taps.value.length)}</Notice>}
      <Refused all={all ?? []} />
      <div class="gap-5">
        <Seg label={t.nav.escorts} value={tab.value} options={tabs.map((value) => ({ value, words: value === 'housing' ? intakeText().housingTab : c.tabs[value] }))} onPick={(v) => { tab.value = v; }} />
        {tab.value === 'housing' && <Housing />}
        {tab.value === 'isolation' && <Isolation />}
        {tab.value === 'counts' && all !== null && <Counts all={all} />}
        {tab.value === 'counts' && has('duty-command') && <><WardCounts /><ToldMe /></>}
        {tab.value === 'plan' && all !== null && <DayPlan all={all} />}
        {all === null && !isGone && <FaultNotice fault={list.fault.value} again={() => { void list.again(); }} />}
        {all === null && list.slow.value ? <Skeleton /> : null}
        {tab.value === 'escorts' && all !== null && all.length === 0 ? <Empty icon="badge" title={c.none}>{c.noneText}</Empty> : null}
        {tab.value === 'escorts' && shown !== null && (
          <div class="esc">
            <nav class="esc-list" aria-label={c.list}>{(all ?? []).map((e) => (
              <button key={e.id} type="button" aria-current={e.id === shown.id ? 'true' : undefined} onClick={() => { chosen.value = e.id; }}>
                <span class="num">{hm(e.start)}</span><b>{e.name} <span class="num">{e.number}</span></b>
                <small>{dayKey(e.start) === today ? '' : day(e.start)}</small><small><span>{e.cell} → {e.room}</span><Mark of={e} />{!isOver(e) && e.precautions.length > 0 && <St tone="warn">{c.minds(e.precautions.length)}</St>}</small>
              </button>
            ))}</nav>
            <One key={shown.id} of={shown} again={() => { void list.again(); }} />
          </div>
        )}
      </div>
    </>
  );
}
