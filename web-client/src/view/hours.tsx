/* When one can be booked: each week's hours, leave, limits. One's own, or, for who schedules, anybody's. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { lang } from '../text';
import { agendaText } from '../text/agenda';
import { endFeed, feed, hours, makeFeed, ownPlace, putHours, type Hours, type Weekly } from '../wire/agenda';
import { date } from '../state/format';
import { say, useAct, useLoad } from '../state/load';
import { path } from '../state/route';
import { siteMidnight } from '../state/format';
import { TextField } from '../ui/form';
import { Button, Empty, FaultNotice, IconButton, PageHead, Secret, Section, Skeleton } from '../ui/parts';
import './agenda.css';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const isTime = (v: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(v);
const isEnd = (v: string): boolean => v === '24:00' || isTime(v);

function Stretch({ w, onChange, onRemove }: { w: Weekly; onChange: (w: Weekly) => void; onRemove: () => void }) {
  const a = agendaText();
  const words = w.days.map((d) => a.weekdays[d] ?? d).join(' ');
  const toggle = (d: string): void => onChange({ ...w, days: days.filter((x) => (x === d ? !w.days.includes(d) : w.days.includes(x))) });
  const bad = !isTime(w.from) || !isEnd(w.until) || w.until === w.from ? a.badTime : undefined;
  return (
    <fieldset>
      <legend class="vh">{words}</legend>
      <span class="seg days" role="group" aria-label={a.weekly}>{days.map((d) => <button key={d} type="button" aria-pressed={w.days.includes(d)} onClick={() => toggle(d)}>{a.weekdays[d]}</button>)}</span>
      <TextField label={a.from} value={w.from} max={5} onInput={(v) => onChange({ ...w, from: v })} />
      <TextField label={a.until} value={w.until} max={5} error={bad} onInput={(v) => onChange({ ...w, until: v })} />
      <TextField label={a.every} value={String(w.every)} max={1} mode="numeric" onInput={(v) => onChange({ ...w, every: Math.min(8, Math.max(1, Number(v) || 1)) })} />
      <IconButton icon="x" label={a.removeHours(words)} onClick={onRemove} />
    </fieldset>
  );
}

function Edit({ role, first, again }: { role: string; first: Hours; again: () => void }) {
  const a = agendaText();
  const h = useSignal(first);
  const act = useAct();
  const from = useSignal('');
  const until = useSignal('');
  useEffect(() => { h.value = first; }, [first]);
  const set = (more: Partial<Hours>): void => { h.value = { ...h.value, ...more }; };
  const weekly = h.value.weekly;
  const right = weekly.every((w) => w.days.length > 0 && isTime(w.from) && isEnd(w.until) && w.until !== w.from);
  const save = async (): Promise<void> => {
    if (!right) return;
    const done = await act.run(putHours(role, h.value));
    if (done.ok) { say(a.saved); again(); }
  };
  const addLeave = (): void => {
    if (from.value === '' || until.value < from.value) return;
    set({ leave: [...h.value.leave, { start: siteMidnight(from.value), end: siteMidnight(until.value, 1) }] });
    from.value = until.value = '';
  };
  const other = useSignal({ day: '', from: '', until: '' });
  const otherRight = isTime(other.value.from) && isEnd(other.value.until) && other.value.until > other.value.from;
  const addOther = (): void => {
    const o = other.value;
    const isOff = o.from === '' && o.until === '';
    if (o.day === '' || (!isOff && !otherRight)) return;
    set({ extra: [...h.value.extra, { day: o.day, from: isOff ? null : o.from, until: isOff ? null : o.until }] });
    other.value = { day: '', from: '', until: '' };
  };
  const limit = (key: keyof Hours['limits'], words: string) =>
    <TextField label={words} value={String(h.value.limits[key])} mode="numeric" max={5} onInput={(v) => set({ limits: { ...h.value.limits, [key]: Math.max(0, Number(v) || 0) } })} />;
  return (
    <form class="stack" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void save(); }}>
      <Section id="weekly" title={a.weekly}>
        <div class="week">
          {weekly.map((w, i) => <Stretch key={i} w={w} onChange={(n) => set({ weekly: weekly.map((x, k) => (k === i ? n : x)) })} onRemove={() => set({ weekly: weekly.filter((_, k) => k !== i) })} />)}
          <div><Button icon="plus" onClick={() => set({ weekly: [...weekly, { days: ['mon'], from: '14:00', until: '17:00', every: 1 }] })}>{a.addHours}</Button></div>
        </div>
      </Section>
      <Section id="leave" title={a.leave}>
        <div class="week">
          {h.value.leave.length === 0 && <p class="muted">{a.leaveNone}</p>}
          <div class="chips">{h.value.leave.map((l) => <span key={l.start} class="chip">{date(l.start, true)}–{date(l.end - 1, true)}<button type="button" aria-label={a.removeHours(date(l.start, true))} onClick={() => set({ leave: h.value.leave.filter((x) => x !== l) })}>×</button></span>)}</div>
          <fieldset><legend class="vh">{a.addLeave}</legend><div class="row wrap"><TextField label={a.leaveFrom} type="date" value={from.value} onInput={(v) => { from.value = v; }} /><TextField label={a.leaveUntil} type="date" value={until.value} onInput={(v) => { until.value = v; }} /><Button onClick={addLeave}>{a.addLeave}</Button></div></fieldset>
        </div>
      </Section>
      <Section id="extra" title={a.extra}>
        <div class="week">
          <p class="muted">{a.extraHelp}</p>
          <div class="chips">{h.value.extra.map((e) => { const words = `${e.day} ${e.from === null || e.until === null ? a.extraOff : `${e.from}–${e.until}`}`; return <span key={words} class="chip">{words}<button type="button" aria-label={a.removeHours(words)} onClick={() => set({ extra: h.value.extra.filter((x) => x !== e) })}>×</button></span>; })}</div>
          <fieldset><legend class="vh">{a.addExtra}</legend><div class="row wrap">
            <TextField label={a.extraDay} type="date" value={other.value.day} onInput={(v) => { other.value = { ...other.value, day: v }; }} />
            <TextField label={a.from} value={other.value.from} max={5} onInput={(v) => { other.value = { ...other.value, from: v }; }} />
            <TextField label={a.until} value={other.value.until} max={5} error={other.value.from !== '' && !otherRight ? a.badTime : undefined} onInput={(v) => { other.value = { ...other.value, until: v }; }} />
            <Button onClick={addOther}>{a.addExtra}</Button></div></fieldset>
        </div>
      </Section>
      <Section id="limits" title={a.limits}>
        <div class="limits">{limit('before', a.limitBefore)}{limit('after', a.limitAfter)}{limit('notice', a.limitNotice)}{limit('horizon', a.limitHorizon)}{limit('day-bookings', a.limitDay)}{limit('day-minutes', a.limitMinutes)}<TextField label={a.zone} help={a.zoneHelp} value={h.value.zone} max={40} onInput={(v) => set({ zone: v.trim() })} /></div>
      </Section>
      <FaultNotice fault={act.fault} />
      <div class="actions"><Button type="submit" kind="primary" busy={act.busy ? a.saving : false} disabled={!right}>{a.save}</Button></div>
    </form>
  );
}

/** The secret address for the calendar on one's phone: shown once, made anew when asked. */
function Feed() {
  const a = agendaText();
  const made = useLoad(feed, 0);
  const act = useAct();
  const path = useSignal('');
  const make = async (): Promise<void> => {
    const done = await act.run(makeFeed());
    if (done.ok) { path.value = `${location.origin}${done.value}${lang.value === 'en' ? '?lang=en' : ''}`; void made.again(); }
  };
  const end = async (): Promise<void> => {
    const done = await act.run(endFeed());
    if (done.ok) { path.value = ''; say(a.feedEnded); void made.again(); }
  };
  return (
    <Section id="feed" title={a.feed}>
      <div class="gap-4">
        <p class="muted">{a.feedHelp}</p>
        {path.value !== '' && <Secret value={path.value} label={a.feed} />}
        <FaultNotice fault={act.fault} />
        <div class="row wrap"><Button busy={act.busy ? a.saving : false} onClick={() => { void make(); }}>{made.value.value === null ? a.feedMake : a.feedAgain}</Button>{made.value.value !== null && <Button kind="danger" onClick={() => { void end(); }}>{a.feedEnd}</Button>}</div>
      </div>
    </Section>
  );
}

function OfRole({ role, own = false }: { role: string; own?: boolean }) {
  const a = agendaText();
  const loaded = useLoad(() => hours(role), role);
  const h = loaded.value.value;
  return (
    <>
      <PageHead title={h === null || h.name === '' ? a.hours : `${a.hours} ${h.name}`} sum={a.hoursSum} />
      <FaultNotice fault={loaded.fault.value} again={() => { void loaded.again(); }} />
      {h === null && loaded.slow.value ? <Skeleton /> : null}
      {h !== null && <Edit role={role} first={h} again={() => { void loaded.again(); }} />}
      {own && <Feed />}
    </>
  );
}

function Own() {
  const a = agendaText();
  const own = useLoad(ownPlace, 0);
  if (own.fault.value !== null) return <FaultNotice fault={own.fault.value} again={() => { void own.again(); }} />;
  if (own.value.value === null) return <Skeleton />;
  return own.value.value.role === null ? <Empty icon="time" title={a.hoursNone}>{a.hoursNoneText}</Empty> : <OfRole role={own.value.value.role} own />;
}

export function HoursPage() {
  const role = /^\/hours\/([A-Za-z0-9.-]{1,64})$/.exec(path.value)?.[1];
  return role === undefined ? <Own /> : <OfRole role={role} />;
}
