/* What spreads: the floor plan by state, the curve, what is counted, cases, reports that run out, contacts to be seen. */
import { useSignal } from '@preact/signals';
import { epidemicText } from '../text/epidemic';
import { text } from '../text';
import { alarmSeen, caseDo, contactLooked, epidemic, type Contact, type EpiCase, type Epidemic, type Officer } from '../wire/epidemic';
import { now } from '../state/clock';
import { byUrgency, curveOf, urgencyOf } from '../state/epidemic';
import { date, dayKey, hm, span, stamp } from '../state/format';
import { news } from '../state/link';
import { say, useAct, useLoad } from '../state/load';
import { has } from '../state/session';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/form';
import { Icon } from '../ui/icon';
import { Button, Empty, FaultNotice, Notice, PageHead, Section, Sep, Skeleton, St } from '../ui/parts';
import { CaseDialog, illnessName, SuspectDialog } from './epidemic-case';
import { Curve } from './epidemic-curve';
import { Hatches, Plan, Swatch } from './epidemic-plan';
import './epidemic.css';

const day_ms = 86_400_000;
const shownContacts = 6;

function Alarms({ all, again }: { all: Epidemic; again: () => void }) {
  const t = epidemicText();
  const act = useAct();
  const nameOf = (block: string): string => all.places.find((p) => p.block === block)?.block_name ?? block;
  return (
    <>
      {all.alarms.map((a) => (
        <Notice key={`${a.block} ${a.sign} ${a.day}`} tone="bad" live><b>{t.alarm(nameOf(a.block), t.sign(a.sign), a.people)}</b> {t.alarmText(date(Date.parse(a.day)))} <Button busy={act.busy ? t.saving : false} onClick={() => { void act.run(alarmSeen(a.block, a.sign)).then((r) => { if (r.ok) again(); }); }}>{t.alarmSeen}</Button></Notice>
      ))}
      <FaultNotice fault={act.fault} />
    </>
  );
}

function ReportDialog({ one: c, name, onDone, onClose }: { one: EpiCase; name: string; onDone: () => void; onClose: () => void }) {
  const t = epidemicText();
  const number = useSignal('');
  const tried = useSignal(false);
  const act = useAct();
  const submit = async (): Promise<void> => {
    tried.value = true;
    if (number.value.trim() === '') return;
    const r = await act.run(caseDo(c.id, 'report', { number: number.value.trim() }));
    if (r.ok) onDone();
  };
  return (
    <Dialog title={t.reportDo} sub={`${c.patient.name} ${c.patient.number} · ${name}`} onClose={onClose}>
      <form class="gap-4" noValidate onSubmit={(e) => { e.preventDefault(); if (!act.busy) void submit(); }}>
        <TextField label={t.number} help={t.numberHelp} value={number.value} onInput={(v) => { number.value = v; }} code focus max={60} error={tried.value && number.value.trim() === '' ? text().required : undefined} />
        <FaultNotice fault={act.fault} />
        <div class="actions"><Button onClick={onClose}>{text().cancel}</Button><Button type="submit" kind="primary" busy={act.busy ? t.reporting : false}>{t.reportDo}</Button></div>
      </form>
    </Dialog>
  );
}

function Reports({ all, again }: { all: Epidemic; again: () => void }) {
  const t = epidemicText();
  const open = useSignal<EpiCase | null>(null);
  const due = all.cases.filter((c) => c.due !== null).sort((a, b) => a.due! - b.due!);
  return (
    <Section id="reports" title={t.report} count={due.length}>
      {due.length === 0 && <p class="muted">{t.reportNone}</p>}
      {due.map((c) => (
        <div key={c.id} class="epi-report">
          <Notice tone={c.due! - now.value < 3_600_000 ? 'bad' : 'warn'}><b>{illnessName(all.illnesses, c.illness)}<Sep />{t.within(c.class, Math.round((c.due! - c.since) / 3_600_000))}</b><br />{c.patient.name} {c.patient.cell}<Sep />{c.due! > now.value ? t.left(span(c.due! - now.value), hm(c.due!)) : t.over(span(now.value - c.due!))}</Notice>
          {has('clinic-doctor') && <Button kind={c === due[0] ? 'primary' : ''} block onClick={() => { open.value = c; }}>{t.reportDo}</Button>}
        </div>
      ))}
      {open.value !== null && <ReportDialog one={open.value} name={illnessName(all.illnesses, open.value.illness)} onDone={() => { open.value = null; again(); }} onClose={() => { open.value = null; }} />}
    </Section>
  );
}

function ContactRow({ one: c, again }: { one: Contact; again: () => void }) {
  const t = epidemicText();
  const act = useAct();
  const urgency = urgencyOf(c);
  const how = [c.cell > 0 ? t.cellFor(t.min(c.cell), c.days) : '', c.escort > 0 ? t.escortFor(t.min(c.escort)) : '', c.room > 0 ? t.roomFor(t.min(c.room)) : '', c.cell + c.escort + c.room === 0 && c.gap !== null ? t.gapFor(c.gap) : ''].filter((w) => w !== '');
  const look = async (outcome: 'well' | 'ill' | 'gone'): Promise<void> => { const r = await act.run(contactLooked(c.id, outcome)); if (r.ok) { say(outcome === 'ill' ? t.illNow : t.looked); again(); } };
  return (
    <li class="epi-contact">
      <b>{c.patient.name} {c.patient.number}</b>
      {c.due < now.value ? <St tone="bad">{t.lookLate(t.min(Math.floor((now.value - c.due) / 60_000)))}</St> : c.today ? <St tone="ok">{t.seenToday}</St> : <span class={`urg ${urgency}`}><Icon name={urgency === 'urgent' ? 'warn' : 'time'} />{t.urgency(urgency)}</span>}
      <p>{c.patient.cell}<Sep />{how.join(' · ')}{c.until !== null && <><Sep />{t.watchTo(date(c.until))}</>}</p>
      <p>{t.dayOf(c.day, c.of_days)}{c.missed > 0 && <><Sep />{t.missed(c.missed)}</>}<Sep />{c.looked !== null ? t.lookedAt(stamp(c.looked)) : t.neverLooked}</p>
      <div class="row"><Button busy={act.busy ? t.saving : false} label={`${t.well} ${c.patient.name}`} onClick={() => { void look('well'); }}>{t.well}</Button><Button label={`${t.ill} ${c.patient.name}`} onClick={() => { void look('ill'); }}>{t.ill}</Button><Button kind="plain" label={`${t.gone} ${c.patient.name}`} onClick={() => { void look('gone'); }}>{t.gone}</Button></div>
      <FaultNotice fault={act.fault} />
    </li>
  );
}

function Contacts({ all, again }: { all: Epidemic; again: () => void }) {
  const t = epidemicText();
  const whole = useSignal(false);
  const rows = [...all.contacts].sort(byUrgency(now.value));
  return (
    <Section id="contacts" title={t.contacts} count={rows.length}>
      <p class="muted small">{rows.length === 0 ? t.contactsNone : t.contactsText}</p>
      {rows.length > 0 && <ul class="facts-list">{(whole.value ? rows : rows.slice(0, shownContacts)).map((c) => <ContactRow key={c.id} one={c} again={again} />)}</ul>}
      {!whole.value && rows.length > shownContacts && <button type="button" class="linkish" onClick={() => { whole.value = true; }}>{t.more(rows.length)}</button>}
    </Section>
  );
}

function OfficerRow({ one: o, all, again }: { one: Officer; all: Epidemic; again: () => void }) {
  const t = epidemicText();
  const act = useAct();
  const of = all.cases.find((c) => c.id === o.of);
  const spoken = async (): Promise<void> => { const r = await act.run(caseDo(o.of, 'officer', { officer: o.id })); if (r.ok) { say(t.looked); again(); } };
  return (
    <li class="epi-contact">
      <b>{o.name}</b>
      {o.spoken !== null && <St tone="ok">{t.officerSpoken(stamp(o.spoken), o.by)}</St>}
      <p>{t.officerFor(t.min(o.minutes), o.days)}<Sep />{t.officerLast(stamp(o.last))}{of !== undefined && <><Sep />{of.patient.name} {illnessName(all.illnesses, of.illness)}</>}</p>
      {o.spoken === null && <div class="row"><Button busy={act.busy ? t.saving : false} label={`${t.officerDo} ${o.name}`} onClick={() => { void spoken(); }}>{t.officerDo}</Button></div>}
      <FaultNotice fault={act.fault} />
    </li>
  );
}

function Officers({ all, again }: { all: Epidemic; again: () => void }) {
  const t = epidemicText();
  if (all.officers.length === 0) return null;
  return (
    <Section id="officers" title={t.officers} count={all.officers.filter((o) => o.spoken === null).length}>
      <p class="muted small">{t.officersText}</p>
      <ul class="facts-list">{all.officers.map((o) => <OfficerRow key={`${o.of} ${o.id}`} one={o} all={all} again={again} />)}</ul>
    </Section>
  );
}

function Cases({ cases, all, open }: { cases: readonly EpiCase[]; all: Epidemic; open: (id: string) => void }) {
  const t = epidemicText();
  return (
    <Section id="cases" title={t.cases} count={cases.length}>
      {cases.length === 0 && <div class="home-empty"><Empty icon="shield" title={t.casesNone}>{t.casesNoneText}</Empty></div>}
      {cases.length > 0 && <div class="tablewrap"><table class="table epi-cases" aria-label={t.cases}><tbody>{cases.map((c) => (
        <tr key={c.id}>
          <td><button type="button" class="linkish" onClick={() => { open(c.id); }}>{c.patient.name} {c.patient.number}</button></td>
          <td>{c.patient.cell}</td>
          <td><St tone={c.state === 'confirmed' ? 'bad' : c.state === 'excluded' || c.state === 'released' ? 'ok' : 'warn'}>{t.state(c.state)}</St></td>
          <td>{illnessName(all.illnesses, c.illness)}</td>
          <td class="soft">{t.onsetOn(date(c.onset))}{c.may_end && c.state !== 'released' ? <><Sep />{t.mayEnd}</> : c.apart && <><Sep />{t.untilAt(date(c.until))}</>}</td>
        </tr>))}</tbody></table></div>}
    </Section>
  );
}

function Signs({ all }: { all: Epidemic }) {
  const t = epidemicText();
  const blocks = [...new Map(all.places.filter((p) => p.kind === 'cell').map((p) => [p.block, p.block_name])).entries()];
  const today = dayKey(now.value);
  const signs = [...new Set(all.counts.map((c) => c.sign))];
  const n = (block: string, sign: string, from: string): number => all.counts.filter((c) => c.block === block && c.sign === sign && c.day >= from).reduce((sum, c) => sum + c.people, 0);
  if (all.counts.length === 0) return <Section id="signs" title={t.signs}><p class="muted">{t.signsNone}</p></Section>;
  return (
    <Section id="signs" title={t.signs}>
      <div class="tablewrap"><table class="table epi-signs" aria-label={t.signs}><thead><tr><td />{signs.map((s) => <th key={s} scope="col">{t.sign(s)}</th>)}</tr></thead>
        <tbody>{blocks.map(([block, name]) => <tr key={block}><th scope="row">{name}</th>{signs.map((s) => <td key={s}><b class={n(block, s, today) >= all.alarm_people ? 'over' : undefined}>{n(block, s, today)}</b> <span class="muted">/ {n(block, s, '')}</span></td>)}</tr>)}</tbody></table></div>
      <p class="muted small">{t.today} / 14 · {t.signsText}</p>
    </Section>
  );
}

export function EpidemicPage() {
  const t = epidemicText();
  const load = useLoad(epidemic, news.sick.value);
  const marking = useSignal(false);
  const opened = useSignal('');
  const cell = useSignal('');
  const again = (): void => { void load.again(); };
  const all = load.value.value;
  const open = all?.cases.filter((c) => c.state !== 'released') ?? [];
  const apart = open.filter((c) => c.apart).length;
  const days = Array.from({ length: 14 }, (_, i) => dayKey(now.value - (13 - i) * day_ms));
  const one = all?.cases.find((c) => c.id === opened.value) ?? null;
  return (
    <>
      <PageHead title={t.title} sum={all === null ? undefined : t.sum(open.length, apart)} end={<Button icon="plus" kind="primary" onClick={() => { marking.value = true; }}>{t.suspect}</Button>} />
      <FaultNotice fault={load.fault.value} again={again} />
      {all === null && load.slow.value && <Skeleton rows={8} />}
      {all !== null && (
        <>
          <Hatches />
          <Alarms all={all} again={again} />
          <div class="ob">
            <div class="stack">
              <section aria-labelledby="plan"><div class="sec-head"><h2 id="plan">{t.plan}</h2><span class="legend end">{(['', 'watch', 'iso', 'conf', 'free'] as const).map((s) => <Swatch key={s} state={s} words={t.cell(s)} />)}</span></div>
                <Plan places={all.places} cases={all.cases} picked={cell.value} pick={(id) => { cell.value = cell.value === id ? '' : id; }} /></section>
              <Cases cases={(cell.value === '' ? open : all.cases.filter((c) => c.patient.cell === cell.value))} all={all} open={(id) => { opened.value = id; }} />
              <Curve days={curveOf(all.cases, days, dayKey)} line={all.alarm_people} />
              <Signs all={all} />
            </div>
            <div class="stack">
              <Reports all={all} again={again} />
              <dl class="kpis"><div><dt>{t.kpi.confirmed}</dt><dd>{open.filter((c) => c.state === 'confirmed').length}</dd></div><div><dt>{t.kpi.suspected}</dt><dd>{open.filter((c) => c.state === 'suspected' || c.state === 'isolated').length}</dd></div><div><dt>{t.kpi.apart}</dt><dd>{apart}</dd></div><div><dt>{t.kpi.contacts}</dt><dd>{all.contacts.filter((c) => !c.today).length}</dd></div></dl>
              <Contacts all={all} again={again} />
              <Officers all={all} again={again} />
              <Section id="knows" title={t.knows}><p class="soft">{t.knowsText}</p></Section>
            </div>
          </div>
          {marking.value && <SuspectDialog illnesses={all.illnesses} onDone={() => { marking.value = false; again(); }} onClose={() => { marking.value = false; }} />}
          {one !== null && <CaseDialog key={`${one.id} ${one.state}`} one={one} all={all} again={again} onClose={() => { opened.value = ''; }} />}
        </>
      )}
    </>
  );
}
